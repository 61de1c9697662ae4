// The comment panel: it opens next to a commented part of the text, and selected words can be commented on.
(() => {
  const panel = () => document.querySelector("#panel");
  const commentButton = () => document.querySelector("#pick");
  let openedFrom, selected;

  // The text of a range as the reader sees it: pins are not part of it.
  function textOf(range) {
    const copy = range.cloneContents();
    for (const pin of copy.querySelectorAll(".pin, .add-comment")) pin.remove();
    return copy.textContent;
  }

  // The server counts characters; the length of a string counts an emoji as two.
  function count(text) {
    return [...text].length;
  }

  function lengthTo(root, range) {
    const before = document.createRange();
    before.selectNodeContents(root);
    before.setEnd(range.startContainer, range.startOffset);
    return count(textOf(before));
  }

  // The offset of a range in its block, counted as on the server: in a table each cell ends with a space.
  function offsetOf(block, range) {
    if (!block.matches("table")) return lengthTo(block, range);
    const startCell = elementOf(range.startContainer).closest("td, th");
    let offset = 0;
    for (const cell of block.querySelectorAll("td, th")) {
      if (cell === startCell) return offset + lengthTo(cell, range);
      const cellRange = document.createRange();
      cellRange.selectNodeContents(cell);
      offset += count(textOf(cellRange)) + 1;
    }
    return offset;
  }

  function quoteOf(range) {
    return [...textOf(range).replace(/\s+/g, " ").trim()].slice(0, 600).join("");
  }

  // The link to comment on a block: in the block, in its heading, or before its table or code.
  function linkOf(block) {
    const around = block.closest("h2, h3, h4") || block,
      before = block.closest("table, pre");
    return before ? before.previousElementSibling : around.querySelector(".add-comment");
  }

  function elementOf(node) {
    return node.nodeType === 1 ? node : node.parentElement;
  }

  // What a selection comments on: the URL of the comment form, and the element to open the panel next to.
  function target(selection) {
    if (!panel() || !selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0).cloneRange(),
      start = elementOf(range.startContainer);
    const term = start.closest(".terms dt, .terms dd");
    if (term) {
      const label = term.matches("dt") ? term : term.previousElementSibling;
      const link = label?.querySelector(".add-comment, .pin");
      return link && { url: link.href, anchor: term };
    }
    const block = start.closest(".prose [id^=b]") || start.closest(".prose :is(h2, h3, h4)");
    const link = block && linkOf(block);
    if (!link) return null;
    const inner = block.querySelector("[id^=b]:not(a)"); // the items of a nested list are blocks of their own
    if (!block.contains(range.endContainer)) range.setEnd(block, block.childNodes.length);
    if (inner && range.comparePoint(inner, 0) <= 0) range.setEndBefore(inner);
    const cell = block.matches("table") && start.closest("td, th");
    if (cell && !cell.contains(range.endContainer)) range.setEnd(cell, cell.childNodes.length);
    const quote = quoteOf(range);
    if (!quote) return null;
    // The words of a translated page are not those of the text: the comment is on the whole block.
    if (document.querySelector(".translated-ltr, .translated-rtl")) return { url: link.href, anchor: block };
    const url = new URL(link.href);
    url.searchParams.set("quote", quote);
    url.searchParams.set("at", offsetOf(block, range));
    return { url: url.href, anchor: block };
  }

  // Unsent text is kept: the first attempt to close shows a note, the second discards the text.
  function canClose() {
    const container = panel();
    const field =
      !container.hidden &&
      [...container.querySelectorAll("textarea")].find(
        (area) => area.value.trim() && area.value !== area.defaultValue,
      );
    const note = container.querySelector("[data-unsent]");
    if (!field || !note?.hidden) return true;
    note.hidden = false;
    field.focus();
    return false;
  }

  function open(url, anchor) {
    const container = panel();
    if (!canClose()) return;
    openedFrom = document.activeElement;
    commentButton().hidden = true;
    const top = Math.min(anchor.getBoundingClientRect().top, innerHeight - 420);
    container.dataset.url = url;
    htmx.ajax("GET", url, { target: container, swap: "innerHTML" }).then(() => {
      container.hidden = false;
      container.style.setProperty("--top", `${Math.max(top, 72)}px`);
      container.scrollTop = 0;
      container.querySelector("#on-h")?.focus({ preventScroll: true });
    });
  }

  function close() {
    const container = panel();
    if (!container || container.hidden || !canClose()) return;
    container.hidden = true;
    container.replaceChildren();
    openedFrom?.focus({ preventScroll: true });
  }

  // Go to the next thread with new comments, after the current one.
  function nextNew(event) {
    const unread = [...document.querySelectorAll(".thread.new")];
    const at = unread.indexOf(document.activeElement.closest(".thread.new"));
    const next = unread[(at + 1) % unread.length];
    if (!next) return;
    event.preventDefault();
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  }

  addEventListener("click", (event) => {
    if (event.target.closest("[data-next-new]")) nextNew(event);
    const link = event.target.closest(".add-comment, .pin");
    if (link && panel() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link.href, link);
    } else if (event.target.closest("[data-close]")) {
      close();
    } else if (event.target.id === "pick" && selected) {
      open(selected.url, selected.anchor);
    }
  });

  addEventListener("input", (event) => {
    const note = event.target.closest("#panel")?.querySelector("[data-unsent]");
    if (note) note.hidden = true;
  });

  document.addEventListener("selectionchange", () => {
    const button = commentButton();
    if (!button) return;
    const selection = document.getSelection();
    const current = target(selection);
    if (current) selected = current;
    button.hidden = !current;
    if (!current) return;
    const box = selection.getRangeAt(0).getBoundingClientRect();
    button.style.setProperty("--left", `${Math.max(box.left + scrollX, 8)}px`);
    button.style.setProperty("--top", `${box.bottom + scrollY + 6}px`);
  });

  // The block that has the focus, or else the first visible one.
  function currentBlock() {
    return (
      document.activeElement.closest(".prose [id^=b]") ||
      [...document.querySelectorAll(".prose [id^=b]")].find((block) => block.getBoundingClientRect().top > 60)
    );
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.ctrlKey || event.metaKey || event.altKey || !panel()) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.key === "n") nextNew(event);
    if (event.key === "c") {
      const block = currentBlock(),
        link = block && linkOf(block);
      const current = target(document.getSelection()) || (link && { url: link.href, anchor: link });
      if (current) {
        event.preventDefault();
        open(current.url, current.anchor);
      }
    }
  });
})();

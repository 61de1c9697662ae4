// The margin: what is said on a part of the text opens beside it, and selected words can be commented on.
(() => {
  const panel = () => document.querySelector("#panel");
  const pick = () => document.querySelector("#pick");
  let opener = null,
    chosen = null;

  // What a reader sees of a stretch: pins are not part of the text, and a line end is a space.
  function seen(range) {
    const copy = range.cloneContents();
    for (const pin of copy.querySelectorAll(".pin, .add-comment")) pin.remove();
    return copy.textContent;
  }

  function upTo(root, range) {
    const before = document.createRange();
    before.selectNodeContents(root);
    before.setEnd(range.startContainer, range.startOffset);
    return seen(before).length;
  }

  // Where words begin in their block, as the server counts: in a table each cell ends with a space.
  function place(block, range) {
    if (!block.matches("table")) return upTo(block, range);
    const here = element(range.startContainer).closest("td, th");
    let count = 0;
    for (const cell of block.querySelectorAll("td, th")) {
      if (cell === here) return count + upTo(cell, range);
      const whole = document.createRange();
      whole.selectNodeContents(cell);
      count += seen(whole).length + 1;
    }
    return count;
  }

  function words(range) {
    return seen(range).replace(/\s+/g, " ").trim().slice(0, 600);
  }

  // The way to comment on a block: in it, in its heading, or before its table or code.
  function linkOf(block) {
    const around = block.closest("h2, h3, h4") || block,
      before = block.closest("table, pre");
    return before ? before.previousElementSibling : around.querySelector(".add-comment");
  }

  function element(node) {
    return node.nodeType === 1 ? node : node.parentElement;
  }

  // What a selection is on: a link that says it in its address, and the element that it stands beside.
  function target(selection) {
    if (!panel() || !selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0).cloneRange(),
      start = element(range.startContainer);
    const term = start.closest(".terms dt, .terms dd");
    if (term) {
      const label = term.matches("dt") ? term : term.previousElementSibling;
      const link = label?.querySelector(".add-comment, .pin");
      return link && { url: link.href, beside: term };
    }
    let block = start.closest(".prose [id^=b]");
    if (!block) block = start.closest(".prose :is(h2, h3, h4)");
    if (!block) return null;
    const link = linkOf(block);
    if (!link) return null;
    const inner = block.querySelector("[id^=b]:not(a)"); // the entries of a list inside this one are parts of their own
    if (!block.contains(range.endContainer)) range.setEnd(block, block.childNodes.length);
    if (inner && range.comparePoint(inner, 0) <= 0) range.setEndBefore(inner);
    const cell = block.matches("table") && start.closest("td, th");
    if (cell && !cell.contains(range.endContainer)) range.setEnd(cell, cell.childNodes.length);
    const quote = words(range);
    if (!quote) return null;
    const url = new URL(link.href);
    url.searchParams.set("quote", quote);
    url.searchParams.set("at", place(block, range));
    return { url: url.href, beside: block };
  }

  // What is typed and not sent stays: the first press says so, the second throws it away.
  function mayLeave() {
    const sheet = panel();
    const field = sheet.hidden
      ? null
      : [...sheet.querySelectorAll("textarea")].find(
          (one) => one.value.trim() && one.value !== one.defaultValue,
        );
    const note = sheet.querySelector("[data-unsent]");
    if (!field || !note?.hidden) return true;
    note.hidden = false;
    field.focus();
    return false;
  }

  function open(url, beside) {
    const sheet = panel();
    if (!mayLeave()) return;
    opener = document.activeElement;
    pick().hidden = true;
    const top = Math.min(beside.getBoundingClientRect().top, innerHeight - 420);
    sheet.dataset.url = url;
    htmx.ajax("GET", url, { target: sheet, swap: "innerHTML" }).then(() => {
      sheet.hidden = false;
      sheet.style.setProperty("--top", `${Math.max(top, 72)}px`);
      sheet.scrollTop = 0;
      sheet.querySelector("#on-h")?.focus({ preventScroll: true });
    });
  }

  function close() {
    const sheet = panel();
    if (!sheet || sheet.hidden || !mayLeave()) return;
    sheet.hidden = true;
    sheet.replaceChildren();
    opener?.focus({ preventScroll: true });
  }

  // The next thread with something new, after the one that one has come to.
  function nextNew(event) {
    const fresh = [...document.querySelectorAll(".thread.new")];
    const at = fresh.indexOf(document.activeElement.closest(".thread.new"));
    const next = fresh[(at + 1) % fresh.length];
    if (!next) return;
    event.preventDefault();
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  }

  addEventListener("click", (event) => {
    if (event.target.closest("[data-next-new]")) {
      nextNew(event);
      return;
    }
    const link = event.target.closest(".add-comment, .pin");
    if (link && panel() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link.href, link);
    } else if (event.target.closest("[data-close]")) {
      close();
    } else if (event.target.id === "pick" && chosen) {
      open(chosen.url, chosen.beside);
    }
  });

  addEventListener("input", (event) => {
    const note = event.target.closest("#panel")?.querySelector("[data-unsent]");
    if (note) note.hidden = true;
  });

  document.addEventListener("selectionchange", () => {
    const button = pick();
    if (!button) return;
    const selection = document.getSelection();
    const found = target(selection);
    if (found) chosen = found;
    button.hidden = !found;
    if (!found) return;
    const box = selection.getRangeAt(0).getBoundingClientRect();
    button.style.setProperty("--left", `${Math.max(box.left + scrollX, 8)}px`);
    button.style.setProperty("--top", `${box.bottom + scrollY + 6}px`);
  });

  // Where one reads: the block that has the focus, or the first one in sight.
  function inSight() {
    return (
      document.activeElement.closest(".prose [id^=b]") ||
      [...document.querySelectorAll(".prose [id^=b]")].find((block) => block.getBoundingClientRect().top > 60)
    );
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      close();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !panel()) return;
    if (event.target.closest("input, textarea, select")) return;
    if (event.key === "n") nextNew(event);
    if (event.key === "c") {
      const found = target(document.getSelection());
      const block = found ? null : inSight();
      const link = block && linkOf(block);
      if (found || link) {
        event.preventDefault();
        open(found ? found.url : link.href, found ? found.beside : link);
      }
    }
  });
})();

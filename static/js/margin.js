// The margin: what is said on a part of the text opens beside it, and selected words can be commented on.
(function () {
  "use strict";

  const panel = function () { return document.getElementById("panel"); };
  const pick = function () { return document.getElementById("pick"); };
  let opener = null, chosen = null;

  // Where words begin in their block, as a reader counts: pins are not part of the text.
  function place(block, range) {
    const before = document.createRange();
    before.selectNodeContents(block);
    before.setEnd(range.startContainer, range.startOffset);
    const copy = before.cloneContents();
    copy.querySelectorAll(".pin").forEach(function (pin) { pin.remove(); });
    return copy.textContent.length;
  }

  function words(range) {
    const copy = range.cloneContents();
    copy.querySelectorAll(".pin").forEach(function (pin) { pin.remove(); });
    return copy.textContent.trim().slice(0, 600);
  }

  function element(node) { return node.nodeType === 1 ? node : node.parentElement; }

  // What a selection is on: a link that says it in its address, and the element that it stands beside.
  function target(selection) {
    if (!panel() || !selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0), start = element(range.startContainer);
    const term = start.closest(".terms dt, .terms dd");
    if (term) {
      const label = term.matches("dt") ? term : term.previousElementSibling;
      const link = label && label.querySelector(".say-here, .pin");
      return link && { url: link.href, beside: term };
    }
    let block = start.closest(".prose [id^=b]");
    const heading = start.closest(".prose :is(h2, h3, h4)");
    if (!block && heading) block = heading.querySelector("a[id^=b]") && heading;
    if (!block) return null;
    const link = (block.matches("table, code") ? block.closest("pre, table").previousElementSibling : block.querySelector(".say-here"));
    if (!link || !link.matches(".say-here")) return null;
    if (!block.contains(range.endContainer)) range.setEnd(block, block.childNodes.length);
    const quote = words(range);
    if (!quote) return null;
    const url = new URL(link.href);
    url.searchParams.set("quote", quote);
    url.searchParams.set("at", place(block, range));
    return { url: url.href, beside: block };
  }

  function open(url, beside) {
    const sheet = panel();
    opener = document.activeElement;
    pick().hidden = true;
    window.htmx.ajax("GET", url, { target: sheet, swap: "innerHTML" }).then(function () {
      sheet.hidden = false;
      const top = beside.getBoundingClientRect().top - sheet.parentElement.getBoundingClientRect().top;
      sheet.style.setProperty("--top", Math.max(top, 0) + "px");
      const heading = sheet.querySelector("#on-h");
      if (heading) heading.focus({ preventScroll: true });
    });
  }

  function close() {
    const sheet = panel();
    if (!sheet || sheet.hidden) return;
    const typed = Array.from(sheet.querySelectorAll("textarea")).some(function (field) { return field.value.trim(); });
    if (typed && !sheet.dataset.sure) {  // the first press keeps what was typed
      sheet.dataset.sure = "yes";
      sheet.querySelector("textarea").focus();
      return;
    }
    delete sheet.dataset.sure;
    sheet.hidden = true;
    sheet.replaceChildren();
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
  }

  // The next thread with something new, after the one that one has come to.
  function nextNew(event) {
    const fresh = Array.from(document.querySelectorAll(".thread.new"));
    const at = fresh.indexOf(document.activeElement.closest(".thread.new"));
    const next = fresh[(at + 1) % fresh.length];
    if (!next) return;
    event.preventDefault();
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-next-new]")) { nextNew(event); return; }
    const link = event.target.closest(".say-here, .pin");
    if (link && panel() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link.href, link);
    } else if (event.target.closest("[data-close]")) {
      close();
    } else if (event.target.id === "pick" && chosen) {
      open(chosen.url, chosen.beside);
    }
  });

  document.addEventListener("selectionchange", function () {
    const button = pick();
    if (!button) return;
    const selection = document.getSelection();
    const found = target(selection);
    if (found) chosen = found;
    button.hidden = !found;
    if (!found) return;
    const box = selection.getRangeAt(0).getBoundingClientRect();
    button.style.setProperty("--left", Math.max(box.left + window.scrollX, 8) + "px");
    button.style.setProperty("--top", box.bottom + window.scrollY + 6 + "px");
  });

  // Where one reads: the block that has the focus, or the first one in sight.
  function inSight() {
    const focused = document.activeElement.closest(".prose [id^=b]");
    if (focused) return focused;
    return Array.from(document.querySelectorAll(".prose [id^=b]")).find(function (block) {
      return block.getBoundingClientRect().top > 60;
    });
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { close(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || !panel()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "n") nextNew(event);
    if (event.key === "c") {
      const found = target(document.getSelection());
      const block = found ? null : inSight();
      const link = block && (block.querySelector(".say-here, .pin") || (block.closest("h2, h3, h4, table, pre").querySelector(".say-here") || block.closest("table, pre").previousElementSibling));
      if (found || link) {
        event.preventDefault();
        open(found ? found.url : link.href, found ? found.beside : link);
      }
    }
  });
})();

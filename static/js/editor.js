// The editor's comforts: buttons and keys that write markdown, and a copy of what was typed until the server has it.
(function () {
  "use strict";

  function insert(area, before, after) {
    const start = area.selectionStart, end = area.selectionEnd;
    const chosen = area.value.slice(start, end);
    area.focus();
    area.setRangeText(before + chosen + after, start, end, "end");
    area.setSelectionRange(start + before.length, start + before.length + chosen.length);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function prepareToolbar(bar) {
    const area = document.getElementById(bar.dataset.toolbar);
    bar.hidden = false;
    bar.addEventListener("click", function (event) {
      const button = event.target.closest("button[data-before]");
      if (button) insert(area, button.dataset.before, button.dataset.after);
    });
    area.addEventListener("keydown", function (event) {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const wrap = { b: ["**", "**"], i: ["*", "*"], k: ["[", "](/)"] }[event.key.toLowerCase()];
      if (wrap) {
        event.preventDefault();
        insert(area, wrap[0], wrap[1]);
      } else if (event.key.toLowerCase() === "s") {
        event.preventDefault();
        area.form.querySelector('button[name="action"][value="save"]').click();
      }
    });
  }

  // What the server has not taken yet stays in this browser: a crash, a closed tab or an ended session loses nothing.
  function keepCopy(form) {
    const key = "townhall-draft-" + form.dataset.draft;
    const names = ["title", "markdown", "note"];
    const read = function () {
      try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; }
    };
    const forget = function () {
      try { localStorage.removeItem(key); } catch (error) { /* nothing is kept then */ }
    };
    const copy = read();
    const differs = copy && names.some(function (name) { return copy[name] !== form.elements[name].value; });
    const notice = form.querySelector("[data-copy]");
    if (!differs) forget();
    else if (notice) {
      notice.hidden = false;
      notice.querySelector("[data-restore]").addEventListener("click", function () {
        names.forEach(function (name) { form.elements[name].value = copy[name]; });
        notice.hidden = true;
        form.elements.markdown.dispatchEvent(new Event("input", { bubbles: true }));
      });
      notice.querySelector("[data-forget]").addEventListener("click", function () {
        notice.hidden = true;
        forget();
      });
    }
    form.addEventListener("input", function () {
      const kept = {};
      names.forEach(function (name) { kept[name] = form.elements[name].value; });
      try { localStorage.setItem(key, JSON.stringify(kept)); } catch (error) { /* full or forbidden */ }
    });
    document.addEventListener("htmx:afterRequest", function (event) {
      const sent = event.detail.requestConfig && event.detail.requestConfig.parameters;
      if (event.detail.successful && sent && sent.action === "autosave") {
        const now = read();
        if (now && now.markdown === sent.markdown && now.title === sent.title && now.note === sent.note) forget();
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-toolbar]").forEach(prepareToolbar);
    document.querySelectorAll("form[data-draft]").forEach(keepCopy);
  });
})();

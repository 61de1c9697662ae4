// The editor: buttons and keys that write markdown, and a local copy of unsaved text.
(() => {
  // Inserts text as if typed, so that the browser can undo it.
  function insertText(area, text, start, end) {
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // Wraps the selection in markers, or removes them if they are already there.
  function wrap(area, before, after) {
    const start = area.selectionStart,
      end = area.selectionEnd,
      selected = area.value.slice(start, end);
    const isWrapped =
      after &&
      area.value.slice(start - before.length, start) === before &&
      area.value.slice(end, end + after.length) === after;
    if (isWrapped) {
      insertText(area, selected, start - before.length, end + after.length);
      area.setSelectionRange(start - before.length, end - before.length);
    } else {
      insertText(area, before + selected + after, start, end);
      area.setSelectionRange(start + before.length, start + before.length + selected.length);
    }
  }

  // Puts a prefix before each selected line, such as that of a heading or a list item.
  function prefixLines(area, sign) {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const next = area.value.indexOf("\n", area.selectionEnd),
      end = next < 0 ? area.value.length : next;
    const lines = area.value.slice(start, end).split("\n");
    insertText(area, lines.map((line) => sign + line).join("\n"), start, end);
  }

  // What is copied from a spreadsheet or a text document becomes a table or a list.
  function asMarkdown(text) {
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n");
    if (lines.every((line) => /^\s*[•◦▪·–]\s/.test(line)))
      return lines.map((line) => line.replace(/^\s*[•◦▪·–]\s+/, "- ")).join("\n");
    const rows = lines.map((line) => line.split("\t")),
      width = rows[0].length;
    if (rows.length < 2 || width < 2 || rows.some((row) => row.length !== width)) return null;
    const asRow = (cells) => `| ${cells.map((cell) => cell.trim().replaceAll("|", "\\|")).join(" | ")} |`;
    return [asRow(rows[0]), asRow(Array(width).fill("---")), ...rows.slice(1).map(asRow)].join("\n");
  }

  function paste(event) {
    const area = event.target,
      markdown = asMarkdown(event.clipboardData.getData("text/plain"));
    if (!markdown) return;
    event.preventDefault();
    const gap =
      area.selectionStart && !area.value.slice(0, area.selectionStart).endsWith("\n\n") ? "\n\n" : "";
    insertText(area, `${gap}${markdown}\n`, area.selectionStart, area.selectionEnd);
  }

  function prepareToolbar(bar) {
    const area = document.getElementById(bar.dataset.toolbar);
    bar.hidden = false;
    area.addEventListener("paste", paste);
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.prefix) prefixLines(area, button.dataset.prefix);
      else wrap(area, button.dataset.before, button.dataset.after);
    });
    area.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const signs = { b: ["**", "**"], i: ["*", "*"], k: ["[", "](/)"] }[event.key.toLowerCase()];
      if (signs) {
        event.preventDefault();
        wrap(area, signs[0], signs[1]);
      } else if (event.key.toLowerCase() === "s") {
        event.preventDefault();
        area.form.requestSubmit();
      }
    });
  }

  const store = {
    read: (key) => {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    write: (key, value) => {
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        /* full */
      }
    },
    drop: (key) => {
      try {
        localStorage.removeItem(key);
      } catch {
        /* storage is blocked */
      }
    },
    keys: (start) => {
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith(start));
      } catch {
        return [];
      }
    },
  };

  // Text that the server has not saved is copied into this browser's storage, one copy per window, so that a crash, a
  // closed tab or an expired session loses nothing. A copy is restored with its base, so that it cannot overwrite a
  // later version.
  function keepCopy(form) {
    const names = form.dataset.fields.split(" "),
      start = `townhall ${form.dataset.draft} `;
    const own = start + form.elements.editor_id.value,
      notice = form.querySelector("[data-copy]");
    const texts = () => {
      return Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
    };
    const same = (copy, now) => names.every((name) => copy.texts[name].replace(/\r\n/g, "\n") === now[name]);
    // A window's copy is obsolete if the server has saved a later revision for that window.
    const isSaved = (copy, window) => {
      if (!form.elements.revision) return copy.sent && Number(form.elements.base.value) > Number(copy.base);
      return form.dataset.savedBy === window && Number(form.elements.revision.value) > Number(copy.revision);
    };

    function offer(key, copy) {
      notice.hidden = false;
      notice.querySelector("[data-restore]").addEventListener(
        "click",
        () => {
          names.forEach((name) => {
            form.elements[name].value = copy.texts[name];
          });
          ["base", "revision"].forEach((name) => {
            if (form.elements[name] && copy[name] !== undefined) form.elements[name].value = copy[name];
          });
          notice.hidden = true;
          store.drop(key);
          form.elements[names[0]].dispatchEvent(new Event("input", { bubbles: true }));
        },
        { once: true },
      );
      notice.querySelector("[data-forget]").addEventListener(
        "click",
        () => {
          notice.hidden = true;
          store.drop(key);
        },
        { once: true },
      );
    }

    function offerNewestCopy(open) {
      const now = texts(),
        copies = [];
      store.keys(start).forEach((key) => {
        const copy = store.read(key),
          window = key.slice(start.length);
        if (open.has(key) || key === own) return;
        if (!copy || !copy.texts || same(copy, now) || isSaved(copy, window)) store.drop(key);
        else copies.push([copy.at, key, copy]);
      });
      copies.sort((a, b) => b[0] - a[0]);
      if (copies.length && notice) offer(copies[0][1], copies[0][2]);
    }

    // A window that is still open holds a lock; its copy is not offered elsewhere.
    if (navigator.locks) {
      navigator.locks.request(own, { ifAvailable: true }, () => new Promise(() => {}));
      navigator.locks.query().then((state) => {
        offerNewestCopy(new Set(state.held.map((lock) => lock.name)));
      });
    } else offerNewestCopy(new Set());

    let before = texts();
    function write(sent) {
      const now = texts(),
        revision = form.elements.revision,
        base = form.elements.base;
      if (same({ texts: before }, now) && !sent) return;
      before = now;
      store.write(own, {
        texts: now,
        base: base?.value,
        revision: revision?.value,
        at: Date.now(),
        sent: sent,
      });
    }
    form.addEventListener("input", () => {
      write(false);
    });
    form.addEventListener("htmx:afterSettle", () => {
      write(false);
    });
    document.addEventListener("htmx:oobAfterSwap", () => {
      write(false);
    });
    // A preview's response contains the text, so no copy is needed.
    form.addEventListener("submit", (event) => {
      const isPreview =
        event.submitter && /(edit\/check|candidates\/\d+\/preview)$/.test(event.submitter.formAction);
      if (isPreview) store.drop(own);
      else if (store.read(own)) write(true);
    });
    document.addEventListener("htmx:afterRequest", (event) => {
      const sent = event.detail.requestConfig?.parameters;
      if (!event.detail.successful || !sent || !event.detail.requestConfig.path.endsWith("/autosave")) return;
      const copy = store.read(own);
      if (copy && same(copy, sent)) store.drop(own);
    });
  }

  // Scrolls the preview along with the text.
  function syncScroll(area) {
    const preview = document.querySelector(`[data-follows='${area.id}']`);
    if (!preview) return;
    const move = () => {
      const room = area.scrollHeight - area.clientHeight;
      const share = room > 0 ? area.scrollTop / room : area.selectionStart / Math.max(area.value.length, 1);
      preview.scrollTop = share * (preview.scrollHeight - preview.clientHeight);
    };
    area.addEventListener("scroll", move);
    area.addEventListener("keyup", move);
    document.addEventListener("htmx:afterSettle", (event) => {
      if (preview.contains(event.target)) move();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-toolbar]").forEach(prepareToolbar);
    document.querySelectorAll("form[data-draft]").forEach(keepCopy);
    document.querySelectorAll("textarea.source").forEach(syncScroll);
  });
})();

// The editor's comforts: buttons and keys that write markdown, and a copy of what was typed until the server has it.
(() => {
  // Through the browser's own way of typing, so that it can be undone like typing.
  function type(area, text, start, end) {
    area.focus();
    area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // Wraps what is chosen, and takes the signs away where they stand already.
  function wrap(area, before, after) {
    const start = area.selectionStart,
      end = area.selectionEnd,
      chosen = area.value.slice(start, end);
    const isWrapped =
      after &&
      area.value.slice(start - before.length, start) === before &&
      area.value.slice(end, end + after.length) === after;
    if (isWrapped) {
      type(area, chosen, start - before.length, end + after.length);
      area.setSelectionRange(start - before.length, end - before.length);
    } else {
      type(area, before + chosen + after, start, end);
      area.setSelectionRange(start + before.length, start + before.length + chosen.length);
    }
  }

  // Puts a sign before each chosen line: a heading, an entry of a list.
  function lead(area, sign) {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const next = area.value.indexOf("\n", area.selectionEnd),
      end = next < 0 ? area.value.length : next;
    const lines = area.value.slice(start, end).split("\n");
    type(area, lines.map((line) => sign + line).join("\n"), start, end);
  }

  function prepareToolbar(bar) {
    const area = document.getElementById(bar.dataset.toolbar);
    bar.hidden = false;
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.lead) lead(area, button.dataset.lead);
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
        /* nothing is kept then */
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

  // What the server has not taken yet stays in this browser, each window's apart: a crash, a closed tab or an ended
  // session loses nothing. A copy comes back with what it rests on, so that it never overwrites what came meanwhile.
  function keepCopy(form) {
    const names = form.dataset.fields.split(" "),
      start = `townhall ${form.dataset.draft} `;
    const own = start + form.elements.editor_id.value,
      notice = form.querySelector("[data-copy]");
    const texts = () => {
      const found = {};
      names.forEach((name) => {
        found[name] = form.elements[name].value;
      });
      return found;
    };
    const same = (copy, now) => names.every((name) => copy.texts[name].replace(/\r\n/g, "\n") === now[name]);
    // The server has what a window typed when it has saved for that window since.
    const isTaken = (copy, window) => {
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

    function lookFor(open) {
      const now = texts(),
        found = [];
      store.keys(start).forEach((key) => {
        const copy = store.read(key),
          window = key.slice(start.length);
        if (open.has(key) || key === own) return;
        if (!copy || !copy.texts || same(copy, now) || isTaken(copy, window)) store.drop(key);
        else found.push([copy.at, key, copy]);
      });
      found.sort((a, b) => b[0] - a[0]);
      if (found.length && notice) offer(found[0][1], found[0][2]);
    }

    // A lock held by its window says that the window is still open: its copy is its own business.
    if (navigator.locks) {
      navigator.locks.request(own, { ifAvailable: true }, () => new Promise(() => {}));
      navigator.locks.query().then((state) => {
        lookFor(new Set(state.held.map((lock) => lock.name)));
      });
    } else lookFor(new Set());

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
    // What goes to be looked at comes back in the page that answers, so nothing needs to be kept for it.
    form.addEventListener("submit", (event) => {
      const looks =
        event.submitter && /(edit\/check|candidates\/\d+\/preview)$/.test(event.submitter.formAction);
      if (looks) store.drop(own);
      else if (store.read(own)) write(true);
    });
    document.addEventListener("htmx:afterRequest", (event) => {
      const sent = event.detail.requestConfig?.parameters;
      if (!event.detail.successful || !sent || !event.detail.requestConfig.path.endsWith("/autosave")) return;
      const copy = store.read(own);
      if (copy && same(copy, sent)) store.drop(own);
    });
  }

  // The preview stands where the writer is.
  function follow(area) {
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
    document.querySelectorAll("textarea.source").forEach(follow);
  });
})();

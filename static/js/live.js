// Live updates: other people's comments and changes appear without disturbing what the reader types or selects.
(() => {
  let isLoading, isStale;

  function updateParts(name, fresh) {
    // Parts are matched by their position in the page; only those that differ are replaced.
    const current = document.querySelectorAll(name),
      updated = fresh.querySelectorAll(name);
    if (current.length !== updated.length) return;
    const selection = document.getSelection();
    current.forEach((part, index) => {
      if (part.innerHTML === updated[index].innerHTML || part.contains(document.activeElement)) return;
      if (!selection.isCollapsed && selection.containsNode(part, true)) return;
      part.innerHTML = updated[index].innerHTML;
    });
  }

  function contentOf(thread) {
    return [...thread.children].filter((part) => !part.matches(".actions, .answering"));
  }

  function html(parts) {
    return parts
      .map((part) => part.outerHTML)
      .join("")
      .replace(/value="[\w-]{59}"/g, "");
  }

  function mergeThreads(current, updated) {
    if (!current || !updated) return;
    let last;
    for (const thread of updated.querySelectorAll(":scope > .thread")) {
      let shown = current.querySelector(`:scope > #${thread.id}`);
      if (shown) updateThread(shown, thread);
      else {
        shown = thread;
        if (last) last.after(shown);
        else current.prepend(shown);
        htmx.process(shown);
      }
      last = shown;
    }
  }

  function hasTyping(root) {
    return [...root.querySelectorAll("textarea, input:not([type=hidden])")].some(
      (field) => field.value && field.value !== field.defaultValue,
    );
  }

  // Replaces a thread's comments; its forms stay, because the reader may be typing in one.
  function updateThread(shown, thread) {
    const parts = contentOf(shown);
    if (html(parts) === html(contentOf(thread)) || parts.some(hasTyping)) return;
    shown.className = thread.className;
    shown.querySelector(":scope > .answering")?.remove();
    for (const part of parts) part.remove();
    const actions = shown.querySelector(":scope > .actions");
    for (const part of contentOf(thread)) {
      shown.insertBefore(part, actions);
      htmx.process(part);
    }
  }

  function parse(text) {
    return new DOMParser().parseFromString(text, "text/html");
  }

  // A button in a thread updates its comments, but not what is typed in its other forms.
  addEventListener("htmx:beforeSwap", ({ detail }) => {
    const shown = detail.target,
      form = detail.requestConfig.elt;
    if (!shown.matches(".thread") || detail.isError) return;
    if (form.matches("form")) form.reset();
    if (!hasTyping(shown)) return;
    const fresh = parse(detail.xhr.responseText).querySelector(".thread");
    if (!fresh) return;
    detail.shouldSwap = false;
    updateThread(shown, fresh);
  });

  async function refresh() {
    isStale = isLoading;
    if (isLoading || !document.querySelector("[data-live]")) return;
    isLoading = true;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok || answer.redirected) return;
      const fresh = parse(await answer.text());
      if (!fresh.querySelector("[data-live]")) return;
      updateParts(".prose [id^=b]:not(a):not([id^=b] [id^=b])", fresh);
      updateParts(".terms dt", fresh);
      updateParts(".candidate > header", fresh);
      mergeThreads(document.querySelector("#threads"), fresh.querySelector("#threads"));
      const panel = document.querySelector("#panel:not([hidden])");
      if (panel) {
        const part = await fetch(panel.dataset.url, { headers: { "HX-Request": "true" } });
        const updated = parse(await part.text());
        mergeThreads(panel.querySelector("#on-threads"), updated.querySelector("#on-threads"));
      }
    } finally {
      isLoading = false;
      if (isStale) refresh();
    }
  }

  addEventListener("htmx:afterRequest", ({ target, detail }) => {
    const notice = document.querySelector("#notice");
    if (detail.xhr?.status === 0)
      notice?.replaceChildren(document.querySelector("#offline").content.cloneNode(true));
    if (!target.closest || !detail.successful) return;
    if (target.matches("[data-live]") || target.closest("#panel form")) refresh();
    if (target.matches("form")) notice?.replaceChildren(); // a success clears the last error
  });

  // After a lost connection, load the changes made meanwhile.
  let isConnected;
  addEventListener("htmx:sseOpen", () => {
    if (isConnected) refresh();
    isConnected = true;
  });
  addEventListener("online", refresh);

  // A thread shows for a minute that a manager is answering, without the name.
  addEventListener("htmx:sseMessage", ({ detail }) => {
    if (detail.type !== "answering") return;
    const note = document.querySelector("#answering").content;
    for (const thread of document.querySelectorAll(`[id=thread-${detail.data}]`)) {
      for (const old of thread.querySelectorAll(".answering")) old.remove();
      const tag = note.firstElementChild.cloneNode(true);
      thread.append(tag);
      setTimeout(() => tag.remove(), 60000);
    }
  });
})();

// A page that others write on as well: what they say comes in, and nothing that is being typed or read is disturbed.
(() => {
  let waiting = false,
    again = false;

  function copied(name, fresh) {
    // Parts are known by their place in the page; only what differs is put in.
    const now = document.querySelectorAll(name),
      then = fresh.querySelectorAll(name);
    if (now.length !== then.length) return;
    const selection = document.getSelection();
    now.forEach((part, place) => {
      if (part.innerHTML === then[place].innerHTML || part.contains(document.activeElement)) return;
      if (!selection.isCollapsed && selection.containsNode(part, true)) return;
      part.innerHTML = then[place].innerHTML;
    });
  }

  function said(thread) {
    return [...thread.children].filter((part) => !part.matches(".actions, .answering"));
  }

  function html(parts) {
    return parts
      .map((part) => part.outerHTML)
      .join("")
      .replace(/value="[0-9a-f]{56}"/g, "");
  }

  function merged(now, then) {
    let last = null;
    then.querySelectorAll(":scope > .thread").forEach((thread) => {
      const mine = now.querySelector(`:scope > #${thread.id}`);
      if (!mine) {
        const made = document.importNode(thread, true);
        if (last) last.after(made);
        else now.prepend(made);
        htmx.process(made);
        last = made;
        return;
      }
      last = mine;
      renewed(mine, thread);
    });
  }

  function isTyped(root) {
    return [...root.querySelectorAll("textarea, input:not([type=hidden])")].some(
      (one) => one.value && one.value !== one.defaultValue,
    );
  }

  // What a thread says is put in anew; its forms stay as they are, for somebody may be typing in one.
  function renewed(mine, thread) {
    const parts = said(mine);
    if (html(parts) === html(said(thread)) || parts.some(isTyped)) return;
    mine.className = thread.className;
    mine.querySelector(":scope > .answering")?.remove();
    for (const part of parts) part.remove();
    const acts = mine.querySelector(":scope > .actions");
    said(thread).forEach((part) => {
      const made = document.importNode(part, true);
      if (acts) acts.before(made);
      else mine.append(made);
      htmx.process(made);
    });
  }

  function parsed(text) {
    return new DOMParser().parseFromString(text, "text/html");
  }

  // A press in a thread renews what it says and not what is typed in its other forms.
  addEventListener("htmx:beforeSwap", (event) => {
    const mine = event.detail.target,
      form = event.detail.requestConfig.elt;
    if (!mine.matches(".thread") || event.detail.isError) return;
    if (form.matches("form")) form.reset();
    if (!isTyped(mine)) return;
    const fresh = parsed(event.detail.xhr.responseText).querySelector(".thread");
    if (!fresh) return;
    event.detail.shouldSwap = false;
    renewed(mine, fresh);
  });

  async function refresh() {
    again = waiting;
    if (waiting || !document.querySelector("[data-live]")) return;
    waiting = true;
    try {
      const answer = await fetch(location.pathname + location.search, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const fresh = parsed(await answer.text());
      if (!fresh.querySelector("[data-live]")) return;
      copied(".prose [id^=b]:not(a):not([id^=b] [id^=b])", fresh);
      copied(".terms dt", fresh);
      copied(".candidate > header", fresh);
      const now = document.getElementById("threads"),
        then = fresh.getElementById("threads");
      if (now && then) merged(now, then);
      const panel = document.getElementById("panel");
      if (panel && !panel.hidden) {
        const part = await fetch(panel.dataset.url, { headers: { "HX-Request": "true" } });
        const theirs = parsed(await part.text()).getElementById("on-threads"),
          mine = panel.querySelector("#on-threads");
        if (mine && theirs) merged(mine, theirs);
      }
    } finally {
      waiting = false;
      if (again) refresh();
    }
  }

  addEventListener("htmx:afterRequest", (event) => {
    const from = event.target;
    const notice = document.getElementById("notice");
    if (event.detail.xhr?.status === 0)
      notice?.replaceChildren(document.getElementById("offline").content.cloneNode(true));
    if (!from.closest || !event.detail.successful) return;
    if (from.matches("[data-live]") || from.closest("#panel form")) refresh();
    if (from.matches("form")) notice?.replaceChildren(); // what went wrong before is over once something goes right
  });

  // After a lost connection: what was said meanwhile comes in.
  let opened = false;
  addEventListener("htmx:sseOpen", () => {
    if (opened) refresh();
    opened = true;
  });
  addEventListener("online", refresh);

  // Somebody is answering: the thread says so for a minute, and not who.
  addEventListener("htmx:sseMessage", (event) => {
    if (event.detail.type !== "answering") return;
    const note = document.getElementById("answering");
    document.querySelectorAll(`[id=thread-${event.detail.data}]`).forEach((thread) => {
      for (const old of thread.querySelectorAll(".answering")) old.remove();
      const tag = note.content.firstElementChild.cloneNode(true);
      thread.append(tag);
      setTimeout(() => tag.remove(), 60000);
    });
  });
})();

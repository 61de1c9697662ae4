// Small additions to HTML: "/" for the search, "?" for the keys, names after an @, and forms cleared once sent.
(() => {
  // Whoever dictates can turn single keys off: then no later listener hears of them.
  addEventListener(
    "keydown",
    (event) => {
      const isOff = document.body.dataset.keys === "off" && event.key.length === 1;
      if (isOff && !event.target.closest("input, textarea, select")) event.stopImmediatePropagation();
    },
    true,
  );

  // "/" goes to the search, unless the focus is in a field. Enter takes the first suggested name.
  addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-slash]");
    const name = event.key === "Enter" && event.target.nextElementSibling?.querySelector("[data-name]");
    const isTyping =
      event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select");
    const key = isTyping ? "" : event.key;
    if (key === "?") open("/help/reps#keys");
    if (key === "/" && field?.offsetParent) {
      event.preventDefault();
      field.focus();
    } else if (name && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      name.click();
    }
  });

  // After an @, suggest the people whose names start with what is typed.
  addEventListener("input", async (event) => {
    const field = event.target;
    if (!field.matches("textarea[name=text]")) return;
    const text = field.value,
      typed = text.slice(0, field.selectionStart).match(/(?:^|[^\p{Script=Latin}\d._])@([^@\n]{1,30})$/u);
    let list = field.nextElementSibling;
    if (!list) {
      list = document.createElement("div");
      field.after(list);
    }
    const query = encodeURIComponent(typed?.[1]);
    const answer = typed && (await fetch(`/people/names?q=${query}`, { headers: { "HX-Request": "true" } }));
    const html = answer?.ok ? await answer.text() : "";
    // Late answers are ignored. Unchanged suggestions are left alone, so that they keep the focus.
    if (text === field.value && html !== list.html) list.innerHTML = list.html = html;
  });

  addEventListener("click", (event) => {
    const name = event.target.dataset.name;
    if (!name) return;
    const list = event.target.parentElement,
      field = list.previousElementSibling,
      end = field.selectionStart;
    field.setRangeText(`${name} `, field.value.lastIndexOf("@", end - 1) + 1, end, "end");
    field.focus();
    list.innerHTML = "";
  });

  // Clear a form once the server has accepted it, unless its text has changed since it was sent.
  addEventListener("htmx:beforeRequest", ({ target }) => {
    if (target.matches("form[data-clear-after-send]")) target.sent = target.elements.text.value;
  });
  addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (!detail.successful || !target.sent || target.elements.text.value !== target.sent) return;
    target.reset();
    target.querySelector(".comment-preview")?.replaceChildren();
  });
})();

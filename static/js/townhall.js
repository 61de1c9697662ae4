// Small additions to HTML: "/" for the search, names after an @, and forms that are cleared once sent.
(() => {
  // "/" goes to the search, unless the focus is in a field. Enter takes the first suggested name.
  addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-slash]");
    const name = event.key === "Enter" && event.target.nextElementSibling?.querySelector("[data-name]");
    if (event.key === "/" && !event.target.closest("input, textarea, select") && field?.offsetParent) {
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
      typed = text.slice(0, field.selectionStart).match(/(?:^|\W)@([^@\n]{1,30})$/);
    let suggestions = field.nextElementSibling;
    if (!suggestions) {
      suggestions = document.createElement("div");
      field.after(suggestions);
    }
    const html = typed ? await (await fetch(`/people/names?q=${encodeURIComponent(typed[1])}`)).text() : "";
    // Late answers are ignored. Unchanged suggestions are left alone, so that they keep the focus.
    if (text === field.value && html !== suggestions.html) suggestions.innerHTML = suggestions.html = html;
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
  addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target;
    if (form.matches("form[data-clear-after-send]")) form.sent = form.elements.text.value;
  });
  addEventListener("htmx:afterRequest", (event) => {
    const form = event.target;
    if (event.detail.successful && form.sent && form.elements.text.value === form.sent) form.reset();
  });
})();

// Small additions to HTML: "/" for the search, names after an @, and forms that are cleared once sent.
(() => {
  // "/" goes to the search, unless the focus is in a field.
  addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-slash]");
    if (event.key === "/" && !event.target.closest("input, textarea, select") && field?.offsetParent) {
      event.preventDefault();
      field.focus();
    }
  });

  // After an @, suggest the people whose names start with what is typed.
  addEventListener("input", async (event) => {
    const field = event.target;
    if (!field.matches("textarea[name=text]")) return;
    const typed = field.value.slice(0, field.selectionStart).match(/(?:^|\W)@([^@\n]{1,30})$/);
    let suggestions = field.nextElementSibling;
    if (!suggestions) {
      suggestions = document.createElement("div");
      field.after(suggestions);
    }
    const html = typed ? await (await fetch(`/people/names?q=${encodeURIComponent(typed[1])}`)).text() : "";
    // Unchanged suggestions are left alone, so that they keep the focus.
    if (html !== suggestions.html) suggestions.innerHTML = suggestions.html = html;
  });

  addEventListener("click", (event) => {
    const name = event.target.dataset.name;
    if (!name) return;
    const field = event.target.closest("div").previousElementSibling,
      end = field.selectionStart;
    const start = field.value.lastIndexOf("@", end - 1) + 1;
    field.setRangeText(`${name} `, start, end, "end");
    field.focus();
    event.target.parentElement.innerHTML = "";
  });

  // Clear a form once the server has accepted it, unless its text has changed since it was sent.
  addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("form[data-clear-after-send]"))
      event.target.sent = event.target.elements.text.value;
  });
  addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-clear-after-send]");
    if (form && event.detail.successful && form.elements.text.value === form.sent) form.reset();
  });
})();

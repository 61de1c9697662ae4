// What HTML cannot do by itself: "/" for the search, names after an @, and forms that empty themselves.
(() => {
  // "/" goes to the search, unless somebody is typing.
  addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-slash]");
    if (event.key === "/" && !event.target.closest("input, textarea, select") && field?.offsetParent) {
      event.preventDefault();
      field.focus();
    }
  });

  // After an @ the people whose names go on like this are offered; the server knows them.
  addEventListener("input", async (event) => {
    const field = event.target;
    if (!field.matches("textarea[name=text]")) return;
    const typed = field.value.slice(0, field.selectionStart).match(/(?:^|\W)@([^@\n]{1,30})$/);
    let offered = field.nextElementSibling;
    if (!offered) {
      offered = document.createElement("div");
      field.after(offered);
    }
    const html = typed ? await (await fetch(`/people/names?q=${encodeURIComponent(typed[1])}`)).text() : "";
    if (html !== offered.html) offered.innerHTML = offered.html = html; // one that has the focus keeps it
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

  // A form that adds something is emptied once it has been taken, unless somebody has gone on typing.
  addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("form[data-empties]")) event.target.sent = event.target.elements.text.value;
  });
  addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-empties]");
    if (form && event.detail.successful && form.elements.text.value === form.sent) form.reset();
  });
})();

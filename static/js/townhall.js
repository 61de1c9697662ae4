// What HTML cannot do by itself: "/" for the search, names after an @, and forms that empty themselves.
(function () {
  "use strict";

  // "/" goes to the search, unless somebody is typing.
  document.addEventListener("keydown", function (event) {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const field = document.querySelector("[data-slash]");
    if (event.key === "/" && !typing && field && field.offsetParent) {
      event.preventDefault();
      field.focus();
    }
  });

  // After an @ the people whose names go on like this are offered; the server knows them.
  document.addEventListener("input", async function (event) {
    const field = event.target;
    if (!field.matches("textarea[name=text]")) return;
    const typed = field.value.slice(0, field.selectionStart).match(/@([^@\n]{1,30})$/);
    let offered = field.nextElementSibling;
    if (!offered) {
      offered = document.createElement("div");
      field.after(offered);
    }
    const html = typed ? await (await fetch("/people/names?q=" + encodeURIComponent(typed[1]))).text() : "";
    if (html !== offered.html) offered.innerHTML = offered.html = html;  // one that has the focus keeps it
  });

  document.addEventListener("click", function (event) {
    const name = event.target.dataset.name;
    if (!name) return;
    const field = event.target.closest("div").previousElementSibling, end = field.selectionStart;
    const start = field.value.lastIndexOf("@", end - 1) + 1;
    field.setRangeText(name + " ", start, end, "end");
    field.focus();
    event.target.parentElement.innerHTML = "";
  });

  // A form that adds something is emptied once it has been taken, unless somebody has gone on typing.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.target.matches("form[data-empties]")) event.target.sent = event.target.elements.text.value;
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    const form = event.target.closest && event.target.closest("form[data-empties]");
    if (form && event.detail.successful && form.elements.text.value === form.sent) form.reset();
  });
})();

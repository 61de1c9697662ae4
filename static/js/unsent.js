// What is typed and not sent survives a reload and Back, and a session that has ended costs nothing.
(() => {
  const person = document.body.dataset.person;

  function keyOf(field) {
    const form = field.matches("textarea") && person && field.closest('form[hx-post*="/comments"]');
    if (!form) return null;
    const about = ["candidate", "block", "start", "term"].map((name) => form.elements[name]?.value);
    return ["unsent", person, form.getAttribute("action"), field.name, ...about].join(" ");
  }

  addEventListener("input", ({ target }) => {
    const key = keyOf(target);
    if (!key) return;
    if (target.value && target.value !== target.defaultValue) sessionStorage.setItem(key, target.value);
    else sessionStorage.removeItem(key);
  });

  function restore(root) {
    for (const field of root.querySelectorAll("textarea")) {
      const text = sessionStorage.getItem(keyOf(field));
      if (!text || field.value !== field.defaultValue) continue;
      field.value = text;
      for (let around = field.closest("details"); around; around = around.parentElement.closest("details"))
        around.open = true;
    }
  }

  // Forgets what was sent, but not what was typed since.
  function forget(form, sent) {
    for (const field of form.querySelectorAll("textarea")) {
      const key = keyOf(field);
      if (!sent || sessionStorage.getItem(key) === sent[field.name]) sessionStorage.removeItem(key);
    }
  }

  addEventListener("DOMContentLoaded", () => restore(document));
  addEventListener("htmx:load", ({ detail }) => restore(detail.elt));
  // Before the swap: what comes in may be the same form, in which the text would be restored.
  addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { elt, parameters } = detail.requestConfig;
    if (!detail.isError && elt.matches("form")) forget(elt, parameters);
  });
  addEventListener("submit", ({ target }) => {
    if (!target.matches("[hx-post]")) forget(target);
  });

  // A refusal after signing in again brings the new session's token: put it into the page, and send once more.
  addEventListener("htmx:afterSwap", ({ detail }) => {
    const { csrf, person: signedIn } = document.querySelector("#notice [data-csrf]")?.dataset || {};
    if (!csrf || signedIn !== person || document.querySelector("[name=csrf]")?.value === csrf) return;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRF-Token": csrf }));
    for (const field of document.querySelectorAll("[name=csrf]")) field.value = csrf;
    document.querySelector("#notice").replaceChildren();
    const { elt, triggeringEvent } = detail.requestConfig;
    if (elt.matches("form")) elt.requestSubmit(triggeringEvent?.submitter);
    else if (elt.matches("button")) elt.click();
  });

  // The part of a page that someone came for survives signing in.
  for (const next of document.querySelectorAll("[name=next]")) next.value += location.hash;
  for (const link of document.querySelectorAll("a[href*='?next=']")) link.hash = location.hash;
})();

// The simulator's sliders, and what stays open or typed when the figures are replaced.
(() => {
  function dispatchInput(field) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A slider mirrors a field; it is hidden until this script connects the two.
  function connect(slider) {
    if (slider.dataset.connected) return;
    slider.dataset.connected = "yes";
    const field = document.getElementById(slider.dataset.slides);
    const reset = document.querySelector(`[data-resets="${slider.dataset.slides}"]`);
    if (!field) return;
    slider.hidden = false;
    if (field.value !== "") slider.value = field.value;
    slider.addEventListener("input", () => {
      field.value = slider.value;
      dispatchInput(field);
    });
    field.addEventListener("input", () => {
      slider.value = field.value === "" ? slider.dataset.actual : field.value;
      if (reset) reset.hidden = field.value === "";
    });
    if (reset)
      reset.addEventListener("click", (event) => {
        event.preventDefault();
        field.value = "";
        dispatchInput(field);
        field.focus();
      });
  }

  function prepare(root) {
    root.querySelectorAll("input[data-slides]").forEach(connect);
  }

  // Open tables stay open, and the typed name of a scenario is kept.
  let opened = [];
  let name = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "details") opened = Array.from(target.querySelectorAll("details"), (part) => part.open);
    if (target.id === "figures") name = document.getElementById("scenario")?.value || "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "details")
      target.querySelectorAll("details").forEach((part, index) => {
        part.open = Boolean(opened[index]);
      });
    const field = document.getElementById("scenario");
    if (target.id === "figures" && field && name) field.value = name;
  });

  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
  });
  document.addEventListener("htmx:load", (event) => {
    prepare(event.target);
  });
})();

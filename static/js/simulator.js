// Sliders beside the fields of the simulator, and what stays as it is when the figures are drawn anew.
(() => {
  function typed(field) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A slider repeats a typed field; it is hidden until this script can keep the two together.
  function pair(slider) {
    if (slider.dataset.paired) return;
    slider.dataset.paired = "yes";
    const field = document.getElementById(slider.dataset.slides);
    const reset = document.querySelector(`[data-resets="${slider.dataset.slides}"]`);
    if (!field) return;
    slider.hidden = false;
    if (field.value !== "") slider.value = field.value;
    slider.addEventListener("input", () => {
      field.value = slider.value;
      typed(field);
    });
    field.addEventListener("input", () => {
      slider.value = field.value === "" ? slider.dataset.actual : field.value;
      if (reset) reset.hidden = field.value === "";
    });
    if (reset)
      reset.addEventListener("click", (event) => {
        event.preventDefault();
        field.value = "";
        typed(field);
        field.focus();
      });
  }

  function prepare(root) {
    root.querySelectorAll("input[data-slides]").forEach(pair);
  }

  // Opened tables stay open, and the name of a scenario that is being typed stays typed.
  let opened = [];
  let name = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const place = event.detail.target;
    if (place.id === "picture") opened = Array.from(place.querySelectorAll("details"), (part) => part.open);
    if (place.id === "figures") name = document.getElementById("scenario")?.value || "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.detail.target;
    if (place.id === "picture")
      place.querySelectorAll("details").forEach((part, index) => {
        part.open = Boolean(opened[index]);
      });
    const field = document.getElementById("scenario");
    if (place.id === "figures" && field && name) field.value = name;
  });

  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
  });
  document.addEventListener("htmx:load", (event) => {
    prepare(event.target);
  });
})();

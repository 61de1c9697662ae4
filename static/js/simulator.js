// Sliders beside the fields of the simulator.
(function () {
  "use strict";

  // A slider repeats a typed field; it is hidden until this script can keep the two together.
  function pair(slider) {
    if (slider.dataset.paired) return;
    slider.dataset.paired = "yes";
    const field = document.getElementById(slider.dataset.slides);
    if (!field) return;
    slider.hidden = false;
    if (field.value !== "") slider.value = field.value;
    slider.addEventListener("input", function () {
      field.value = slider.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    field.addEventListener("input", function () {
      if (field.value !== "") slider.value = field.value;
    });
  }

  function prepare(root) {
    root.querySelectorAll("input[data-slides]").forEach(pair);
  }

  document.addEventListener("DOMContentLoaded", function () { prepare(document); });
  document.addEventListener("htmx:load", function (event) { prepare(event.target); });
})();

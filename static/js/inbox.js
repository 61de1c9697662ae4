// The inbox by key: j and k go from pile to pile, a, c, w, r and p answer, accept, write, turn down, park.
(() => {
  function piles() {
    return Array.from(document.querySelectorAll("form.comment-group"));
  }

  function here() {
    const inside = document.activeElement?.closest("form.comment-group");
    return inside || document.querySelector("form.comment-group[data-here]");
  }

  function go(pile) {
    if (!pile) return;
    piles().forEach((other) => {
      delete other.dataset.here;
    });
    pile.dataset.here = "yes";
    pile.focus({ preventScroll: true });
    pile.scrollIntoView({ block: "start" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select");
    if (typing && typing.type !== "checkbox") {
      if (event.key === "Escape") go(here());
      return;
    }
    const all = piles(),
      at = all.indexOf(here());
    if (event.key === "j") go(all[Math.min(at + 1, all.length - 1)]);
    else if (event.key === "k") go(all[Math.max(at - 1, 0)]);
    else if ("acrpw".includes(event.key)) {
      const pile = here() || all[0];
      const button = pile?.querySelector(`[data-key=${event.key}]`);
      if (!button) return;
      event.preventDefault();
      const words = pile.querySelector("textarea"),
        day = pile.querySelector("[type=date]");
      if (event.key === "p" && !day.value) day.focus();
      else if (event.key === "c" && !words.value.trim())
        button.focus(); // Enter accepts: one stray key does not
      else if ((event.key === "a" || event.key === "r") && !words.value.trim()) words.focus();
      else button.click();
    }
  });

  // After an answer the pile that came after it is at hand.
  let next = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const all = piles(),
      at = all.indexOf(event.target);
    if (at >= 0) next = all[at + 1] || all[at - 1];
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const notice = document.getElementById("notice");
    if (event.detail.target === notice) {
      // it was refused: the pile stays at hand, and its words with it
      notice.scrollIntoView({ block: "center" });
    } else {
      notice.replaceChildren();
      if (next?.isConnected) go(next);
    }
    next = null;
  });
})();

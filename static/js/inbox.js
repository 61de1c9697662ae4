// Keys of the inbox: j and k go to the next and previous group; a answers, c accepts, w edits, r declines, p postpones.
(() => {
  function groups() {
    return Array.from(document.querySelectorAll("form.comment-group"));
  }

  function currentGroup() {
    const inside = document.activeElement?.closest("form.comment-group");
    return inside || document.querySelector("form.comment-group[data-current]");
  }

  function go(group) {
    if (!group) return;
    groups().forEach((other) => {
      delete other.dataset.current;
    });
    group.dataset.current = "yes";
    group.focus({ preventScroll: true });
    group.scrollIntoView({ block: "start" });
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest("input, textarea, select");
    if (field && field.type !== "checkbox") {
      if (event.key === "Escape") go(currentGroup());
      return;
    }
    const all = groups(),
      at = all.indexOf(currentGroup());
    if (event.key === "j") go(all[Math.min(at + 1, all.length - 1)]);
    else if (event.key === "k") go(all[Math.max(at - 1, 0)]);
    else if ("acrpw".includes(event.key)) {
      const group = currentGroup() || all[0];
      const button = group?.querySelector(`[data-key=${event.key}]`);
      if (!button) return;
      event.preventDefault();
      const answer = group.querySelector("textarea"),
        day = group.querySelector("[type=date]");
      if (event.key === "p" && !day.value) day.focus();
      else if (event.key === "c" && !answer.value.trim())
        button.focus(); // accepting takes Enter as well, so that a stray key does nothing
      else if ((event.key === "a" || event.key === "r") && !answer.value.trim()) answer.focus();
      else button.click();
    }
  });

  // After an answer, go to the group that followed.
  let next = null;
  addEventListener("htmx:beforeRequest", (event) => {
    const all = groups(),
      at = all.indexOf(event.target);
    if (at >= 0) next = all[at + 1] || all[at - 1];
  });
  addEventListener("htmx:afterSwap", (event) => {
    const notice = document.getElementById("notice");
    if (event.detail.target === notice) {
      // the answer was refused: stay at the group, with the text
      notice.scrollIntoView({ block: "center" });
    } else {
      notice.replaceChildren();
      if (next?.isConnected) go(next);
    }
    next = null;
  });
})();

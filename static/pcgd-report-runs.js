// Tệp mới nhất: the line of a run in progress is replaced every second. Whoever stands in it with
// the keyboard stays there, and its end is said once.
"use strict";

(() => {
  let stood = ""; // the line in which the keyboard was when it was replaced
  const notices = (row) => document.querySelectorAll(`[data-about="${row.id}"]`);

  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target.closest?.("tr[hx-get]");
    if (!row) return;
    // A press that has begun must end on the same button; the next answer comes in a second.
    if (row.querySelector(":active")) event.detail.shouldSwap = false;
    else stood = row.contains(document.activeElement) ? row.id : "";
  });

  const end = (row) => {
    notices(row).forEach((notice) => notice.remove());
    pcgd.live(row.dataset.runEnded);
    // Its button is gone. On another one the next key might start something.
    if (stood === row.id && !row.contains(document.activeElement)) {
      row.querySelector("th").focus({ preventScroll: true });
    }
  };
  document.addEventListener("htmx:load", (event) => {
    const row = event.detail.elt;
    if (row.matches("tr[data-run-ended]")) end(row);
  });
  // It may have ended before the page was there.
  document.querySelectorAll("tr[data-run-ended]").forEach((row) => {
    if (notices(row).length) end(row);
  });
})();

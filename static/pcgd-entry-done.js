// What the page before this one has done: “Đã nộp phiếu …”, on a phiếu that may be locked now or
// on the list of work.
"use strict";

(() => {
  const done = sessionStorage.getItem("pcgd-done");
  const head = document.querySelector(".page-head");
  if (!done || !head) return;
  sessionStorage.removeItem("pcgd-done");
  const note = document.createElement("div");
  note.className = "note tone-ok";
  note.setAttribute("role", "status");
  note.textContent = done;
  head.before(note);
})();

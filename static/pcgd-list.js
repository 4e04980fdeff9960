// Lists of phiếu: search, the next household and “không đổi” in one key each.
// j, k and Enter are in pcgd.js: they are the same on every list.
"use strict";

(() => {
  window.pcgd ??= {};
  const typing = (element) => element.matches("input, select, textarea, [contenteditable]");

  const press = {
    "/": () => {
      const box = document.querySelector("[data-search]");
      box?.focus();
      box?.select();
      return box;
    },
    n: () => {
      const link = document.querySelector("a[data-next]");
      link?.click();
      return link;
    },
    // The row one stands on; without one, the first that can be confirmed.
    x: () => {
      const row = document.activeElement.closest("[data-row]");
      const box = row?.querySelector("[data-tick]");
      const button = (row ?? document).querySelector("[data-confirm]");
      (box ?? button)?.click();
      return box ?? button;
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (typing(event.target) && event.target.type !== "checkbox") return;
    if (press[event.key]?.()) event.preventDefault();
  });

  let silence;
  const say = (text) => {
    const box = document.querySelector("[data-live]");
    if (!box) return;
    box.textContent = text;
    clearTimeout(silence);
    silence = setTimeout(() => { box.textContent = ""; }, 4000);
  };

  // After “Xác nhận” the row says so, and the keyboard stands on the next one.
  document.addEventListener("htmx:afterSwap", (event) => {
    const done = document.querySelector("[data-just-confirmed]");
    if (!done) return;
    done.removeAttribute("data-just-confirmed");
    const rows = [...document.querySelectorAll("[data-row-nav] [data-row]")];
    const next = rows.slice(rows.indexOf(done) + 1).find((row) => row.querySelector("[data-confirm]"))
      ?? rows[rows.indexOf(done) + 1];
    (next ?? done).focus();
    (next ?? done).scrollIntoView({ block: "nearest" });
    say(`Đã nộp phiếu ${done.querySelector(".forms__label").textContent}.`);
  });

  // How many households the button will confirm.
  const count = () => {
    const shown = document.querySelector("[data-tick-count]");
    if (!shown) return;
    const ticked = document.querySelectorAll("[data-tick]:checked").length;
    shown.textContent = ticked;
    shown.closest("button").disabled = ticked === 0;
  };
  document.addEventListener("change", count);
  document.addEventListener("DOMContentLoaded", count);
})();

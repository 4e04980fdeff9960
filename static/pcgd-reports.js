// Báo cáo & hồ sơ: all boxes of a part at once. Without script each is ticked by itself.
"use strict";

(() => {
  const boxes = (button) => [...button.closest("section").querySelectorAll("input[type=checkbox]")];
  const name = (button) => {
    const some = boxes(button).some((box) => box.checked);
    button.textContent = some ? "Bỏ đánh dấu tất cả" : "Đánh dấu tất cả";
    return some;
  };
  document.querySelectorAll("[data-tick-all]").forEach((button) => {
    button.hidden = false;
    name(button);
    button.addEventListener("click", () => {
      const some = name(button);
      boxes(button).forEach((box) => { box.checked = !some; });
      name(button);
    });
    button.closest("section").addEventListener("change", () => name(button));
  });
  // The usual documents again, without asking the server for the page.
  document.querySelectorAll("[data-tick-usual]").forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const usual = new Set(link.dataset.tickUsual.split(","));
      boxes(link).forEach((box) => { box.checked = usual.has(box.value); });
      link.closest("section").dispatchEvent(new Event("change"));
    });
  });
})();

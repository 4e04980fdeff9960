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
    // A form is put back only after its “reset” has been heard.
    ["change", "reset"].forEach((kind) => {
      button.closest("section").addEventListener(kind, () => setTimeout(() => name(button)));
    });
  });
})();

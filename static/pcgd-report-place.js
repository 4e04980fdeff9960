// Báo cáo & hồ sơ, one form: what is built or taken home is of the unit, round and version that
// the page shows. While a box says another, it waits until that one is opened. The box does not
// open it by itself: on a closed list each arrow key is a choice. Without script nothing waits.
"use strict";

(() => {
  const choices = [...document.querySelectorAll("form[data-shows]")];
  const shown = (select) => [...select.options].find((option) => option.defaultSelected) ?? select.options[0];
  const changed = (form) => [...form.querySelectorAll("select")]
    .filter((select) => select.selectedOptions[0] !== shown(select));
  const button = (form) => form.querySelector("button[type=submit]");
  let open; // the choice that is to be opened first

  const reason = () => {
    const changes = changed(open)
      .map((select) => `“${select.labels[0].textContent.trim()}” thành “${select.selectedOptions[0].text.trim()}”`);
    return `Đã đổi ${changes.join(", ")} nhưng trang chưa chuyển theo. `
      + `Bấm “${button(open).textContent.trim()}” trước, rồi mới lập hoặc tải tệp.`;
  };
  const held = () => document.querySelectorAll("[data-of-shown], form[data-shows]");
  const waits = (element) => Boolean(open) && element !== open && [...held()].includes(element);
  const buttons = (element) => element.matches("form")
    ? [...element.elements].filter((each) => each.type === "submit")
    : [element];

  const say = () => {
    open = choices.find((form) => changed(form).length);
    const text = open ? reason() : "";
    choices.forEach((form) => {
      const note = form.querySelector("[data-wait-reason]");
      note.hidden = form !== open;
      note.textContent = form === open ? text : "";
      button(form).classList.toggle("btn-primary", form === open);
    });
    document.querySelectorAll("[data-wait-note]").forEach((note) => {
      note.hidden = !open;
      note.textContent = text;
    });
    held().forEach((element) => {
      buttons(element).forEach((each) => {
        if (waits(element)) {
          each.setAttribute("aria-disabled", "true");
          each.setAttribute("aria-describedby", open.querySelector("[data-wait-reason]").id);
        } else {
          each.removeAttribute("aria-disabled");
          each.removeAttribute("aria-describedby");
        }
      });
    });
  };
  const refuse = (event, element) => {
    if (!element || !waits(element)) return;
    event.preventDefault();
    pcgd.live(reason());
  };
  document.addEventListener("submit", (event) => refuse(event, event.target));
  document.addEventListener("click", (event) => refuse(event, event.target.closest("a[data-of-shown]")));
  document.addEventListener("change", (event) => { if (event.target.closest("form[data-shows]")) say(); });
  // Going back may bring the boxes back as they were left.
  window.addEventListener("pageshow", say);
})();

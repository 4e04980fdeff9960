// Small comforts on top of pages that work without any script.
"use strict";

const live = (text) => {
  const box = document.querySelector("[data-live]");
  if (!box) return;
  box.textContent = text;
  clearTimeout(live.timer);
  live.timer = setTimeout(() => { box.textContent = ""; }, 8000);
};
window.pcgd ??= {};
window.pcgd.live = live;

// After a refused form: first the list of errors, from there straight into the field.
const focusErrors = (root) => root.querySelector("[data-error-summary]")?.focus();

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a[href^='#']");
  if (!link) return;
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const control = target?.matches("input, select, textarea")
    ? target
    : target?.querySelector("input, select, textarea");
  if (control) {
    event.preventDefault();
    control.focus();
  }
});

// Browsers without the popover attribute (Chrome before 114): open and close by class.
const noPopover = !("popover" in HTMLElement.prototype);
if (noPopover) document.documentElement.classList.add("no-popover");
document.addEventListener("click", (event) => {
  const button = event.target.closest("[popovertarget]");
  if (!noPopover || !button) return;
  const panel = document.getElementById(button.getAttribute("popovertarget"));
  panel?.classList.toggle("is-open", button.getAttribute("popovertargetaction") !== "hide"
    && !panel.classList.contains("is-open"));
});

// The account menu closes by Escape and by a click elsewhere.
const closeMenus = (except) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
};
document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));

// Lists with data-row-nav: j and k walk the rows, Enter opens the first link of the row.
const typing = (element) => element.matches("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details[data-menu][open]");
    closeMenus(null);
    open?.querySelector("summary").focus();
    if (noPopover) document.querySelectorAll("[popover].is-open").forEach((p) => p.classList.remove("is-open"));
  }
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  const rows = [...document.querySelectorAll("[data-row-nav] [data-row]")];
  const here = rows.indexOf(document.activeElement.closest("[data-row]"));
  if ((event.key === "j" || event.key === "k") && rows.length) {
    const step = event.key === "j" ? 1 : -1;
    const next = rows[Math.min(rows.length - 1, Math.max(0, here + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    event.preventDefault();
  }
  if (event.key === "Enter" && event.target.matches("[data-row]")) {
    event.target.querySelector("a[href]")?.click();
  }
});

// On a bad line: say that nothing was saved, keep what was typed.
document.addEventListener("htmx:sendError", (event) => live(event.detail.requestConfig?.verb === "get"
  ? "Mất mạng, chưa tải được phần này. Hãy thử lại khi có mạng."
  : "Mất mạng, chưa lưu được. Chữ đã nhập vẫn còn; hãy thử lại."));
document.addEventListener("htmx:timeout", () => live("Máy chủ chưa trả lời, chưa lưu được. Hãy thử lại."));
document.addEventListener("htmx:responseError", (event) => {
  const gone = event.detail.xhr.status === 403;
  live(gone ? "Không được phép hoặc phiên làm việc đã hết. Hãy tải lại trang." : "Máy chủ báo lỗi, chưa lưu được. Hãy thử lại.");
});
document.addEventListener("htmx:afterSwap", (event) => focusErrors(event.detail.target));
document.addEventListener("DOMContentLoaded", () => focusErrors(document));

// One box ticks all the boxes of its table.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all]")) return;
  event.target.closest("table").querySelectorAll("tbody input[type=checkbox]")
    .forEach((box) => { box.checked = event.target.checked; });
});

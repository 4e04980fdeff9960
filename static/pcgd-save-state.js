// Shows what the queue holds: a word wherever a page has [data-save-state], and behind it a
// panel with each phiếu that waits.
"use strict";

(() => {
  const queue = window.pcgd?.queue;
  if (!queue) return;

  const sprite = document.querySelector("svg use")?.getAttribute("href")?.split("#")[0] ?? "";
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
    svg.firstChild.setAttribute("href", `${sprite}#${name}`);
    return svg;
  };
  const made = (tag, className, ...inside) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...inside);
    return element;
  };
  const button = (text, onClick) => {
    const element = made("button", "btn", text);
    element.type = "button";
    element.addEventListener("click", onClick);
    return element;
  };

  // ---- The word ----

  let last = { waiting: 0, held: 0, wrong: 0, rows: [], state: "saved", savedAt: "" };
  let spoken = "";
  const copyMark = document.querySelector("meta[name=pcgd-copy]");

  const wordFor = ({ waiting, held, wrong, online, trouble, savedAt }) => {
    if (waiting && trouble === "signedout") return ["warn", "lock", `Cần đăng nhập lại: ${waiting} thay đổi chờ gửi`];
    if (waiting && !online) return ["warn", "cloud-off", `Chờ mạng: ${waiting} thay đổi`];
    if (waiting && trouble === "busy") return ["warn", "clock", `Máy chủ bận: ${waiting} thay đổi chờ gửi`];
    if (waiting) return ["active", "refresh", "Đang lưu…"];
    if (wrong) return ["bad", "alert-triangle", `${wrong} ô cần sửa`];
    if (held) return ["warn", "user", "Người mới: còn thiếu họ tên hoặc ngày sinh"];
    if (savedAt) return ["ok", "circle-check", `Đã lưu ${savedAt}`];
    // A copy of a page says so where it is always in sight.
    if (copyMark) return ["warn", "cloud-off", `Bản lưu lúc ${window.pcgd.clock(new Date(copyMark.content))}`];
    return ["none", "save", "Tự động lưu từng ô"];
  };

  const paint = (slot, [tone, sign, text]) => {
    let face = slot.querySelector("button");
    if (!face) {
      face = button("", () => openPanel());
      face.setAttribute("aria-haspopup", "dialog");
      slot.replaceChildren(face);
      slot.setAttribute("aria-live", "off"); // spoken by speak(), when there is news
    }
    if (face.dataset.text === text) return;
    face.dataset.text = text;
    face.className = `save-word tone-${tone}`;
    face.replaceChildren(icon(sign), made("span", "", text));
  };

  const show = () => {
    const word = wordFor(last);
    const slots = [...document.querySelectorAll("[data-save-state]")];
    const own = slots.filter((slot) => slot.dataset.saveState !== "bar");
    const isNews = last.waiting + last.held + last.wrong > 0;
    for (const slot of slots) {
      const isBar = slot.dataset.saveState === "bar";
      slot.hidden = isBar && (own.length > 0 || !isNews);
      if (!slot.hidden) paint(slot, word);
    }
    speak(word);
  };

  // Heard only when the kind of news changes: a word after every cell would be unbearable.
  const speak = ([tone, sign, text]) => {
    const isQuiet = ["save", "refresh"].includes(sign) || (sign === "circle-check" && spoken !== "cloud-off");
    if (sign === spoken || sign === "refresh") return;
    spoken = sign;
    const news = document.querySelector("[data-save-news]");
    if (!isQuiet && tone && news) news.textContent = text;
  };

  document.addEventListener("pcgd:queue", (event) => {
    last = event.detail;
    show();
    const panel = document.getElementById("cho-gui");
    if (panel?.matches(":popover-open, .is-open")) fillPanel();
  });

  // ---- The panel ----

  const counts = (row) => [
    row.waiting && `${row.waiting} thay đổi chờ gửi`,
    row.wrong && `${row.wrong} ô cần sửa`,
    row.held && "người mới còn thiếu họ tên hoặc ngày sinh",
    row.refused.length && `${row.refused.length} thay đổi không được nhận`,
  ].filter(Boolean).join(", ");

  const asText = (rows) => rows.map((row) => [
    row.label || "Phiếu",
    ...(row.cells ?? row.refused).map((cell) => `${cell.what}: ${cell.next?.value ?? cell.value}`),
  ].join("\n")).join("\n\n");

  const copy = async (text, place) => {
    try {
      await navigator.clipboard.writeText(text);
      window.pcgd.live?.("Đã chép; dán vào nơi cần giữ.");
    } catch {
      // Not allowed to write to the clipboard: shown, to be marked and copied by hand.
      const box = made("textarea", "form-control", text);
      box.rows = 6;
      box.readOnly = true;
      box.setAttribute("aria-label", "Những gì chưa gửi");
      place.append(box);
      box.select();
    }
  };

  const refusedPart = (row) => {
    const part = made("div", "note tone-bad");
    const text = made("div", "", made("p", "", row.refused[0].message));
    const buttons = made("div", "button-row");
    const dropButton = button("Bỏ", () => {
      if (dropButton.dataset.sure) { queue.dropRefused(row.formKey); return; }
      dropButton.dataset.sure = "1";
      dropButton.textContent = "Bỏ hẳn, không lấy lại được";
      dropButton.classList.add("btn-outline-danger");
    });
    buttons.append(
      button("Chép ra", () => copy(asText([{ label: row.label, refused: row.refused }]), text)),
      button("Thử gửi lại", () => queue.retry(row.formKey)),
      dropButton,
    );
    text.append(made("ul", "plain", ...row.refused.map((cell) => made("li", "", `${cell.what}: ${cell.value}`))), buttons);
    part.append(icon("circle-x"), text);
    return part;
  };

  const fillPanel = () => {
    const list = document.querySelector("#cho-gui [data-list]");
    // Whoever is about to press something there keeps what they see.
    if (list.contains(document.activeElement) && document.activeElement.dataset.sure) return;
    const parts = last.rows.map((row) => {
      const name = row.label || "Một phiếu khác";
      const link = made("a", "", name);
      link.href = row.href;
      const part = made("section", "waiting-form", made("p", "", link, `: ${counts(row)}`));
      if (row.refused.length) part.append(refusedPart(row));
      return part;
    });
    list.replaceChildren(...(parts.length ? parts : [made("p", "", "Không có thay đổi nào chờ gửi.")]));
    document.querySelector("#cho-gui [data-flush]").hidden = !last.waiting;
    document.querySelector("#cho-gui [data-no-line]").hidden = !last.waiting || last.online;
  };

  const openPanel = () => {
    if (last.trouble === "signedout") { window.pcgd.signIn?.open("expired"); return; }
    fillPanel();
    const panel = document.getElementById("cho-gui");
    if (panel.showPopover) panel.showPopover();
    else panel.classList.add("is-open");
  };
  document.querySelector("#cho-gui [data-flush]").addEventListener("click", () => queue.flush());

  window.pcgd.saveState = { asText, copy };
  // Parts that htmx puts into the page have their own places for the word.
  document.addEventListener("htmx:afterSettle", show);
  show();

  // On a slow line this script may come after the queue has spoken.
  queue.tell();
})();

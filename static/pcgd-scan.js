// The card on the phiếu: whose it is, what it would change, and filling the line as if typed.
// pcgd-card.js reads the line, pcgd-scan-read.js brings it.
"use strict";

(() => {
  const dialog = document.querySelector("[data-scan-dialog]");
  const phieu = document.getElementById("phieu");
  const { card: reading, scanRead } = window.pcgd ?? {};
  if (!dialog || !phieu || !reading || !scanRead) return;
  const part = (name) => dialog.querySelector(`[data-scan-${name}]`);
  const { lookupUrl, jsqrUrl } = dialog.dataset;
  const LABELS = { full_name: "Họ và tên", birth: "Ngày sinh", female: "Giới tính",
    personal_id: "Số định danh", old_card_number: "Số CMND cũ" };
  let stopCamera = null;
  let plan = null; // what accepting would do
  let from = null; // the line in which the person was when the card came
  let turn = 0;

  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replaceAll("đ", "d").trim().replace(/\s+/g, " ");
  const made = (tag, text, className = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  // ---- The lines of the page ----

  const lineIds = () => [...phieu.querySelectorAll(".person[data-line]")].map((line) => line.dataset.line);
  const control = (line, field) => document.getElementsByName(`${line}-${field}`)[0];
  const valueOf = (line, field) => {
    const input = control(line, field);
    if (!input) return "";
    return input.type === "checkbox" ? (input.checked ? "on" : "") : input.value.trim();
  };
  const isNew = (line) => line.startsWith("n");
  const ordinal = (line) => lineIds().indexOf(line) + 1;
  const fill = (line, field, value) => {
    const input = control(line, field);
    if (!input) return;
    if (input.type === "checkbox") input.checked = value === "on";
    else input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const newLine = () => {
    const empty = from && isNew(from) && !valueOf(from, "full_name") ? from : null;
    if (empty) return empty;
    const blank = lineIds().find((line) => isNew(line)
      && Object.keys(LABELS).every((field) => !valueOf(line, field)));
    if (blank) return blank;
    if (window.pcgd.entry?.add) return window.pcgd.entry.add({ quiet: true }).dataset.line;
    phieu.querySelector("[data-add]").click();
    return lineIds().at(-1);
  };

  const cellsOf = (card) => ({
    full_name: card.full_name, birth: card.birth, female: card.sex === "F" ? "on" : "",
    personal_id: card.number, ...(card.old_number && { old_card_number: card.old_number }),
  });
  const sameBirth = (one, other) => {
    const [a, b] = [one, other].map((text) => text.split("/").map(Number).reverse());
    return a[0] === b[0] && a.every((number, index) => !b[index] || number === b[index]);
  };

  // ---- Whose card is it? ----

  /** What this page knows, also without a line; then the server. */
  const findOwner = async (card) => {
    const known = lineIds().find((line) => valueOf(line, "personal_id") === card.number);
    if (known) return { found: "here", line: known, why: "cùng số định danh" };
    const named = lineIds().find((line) => fold(valueOf(line, "full_name")) === fold(card.full_name)
      && (line === from || (valueOf(line, "birth") && sameBirth(valueOf(line, "birth"), card.birth))));
    if (named) return { found: "here", line: named, why: "cùng họ tên" };
    const query = new URLSearchParams({ so: card.number, ten: card.full_name, sinh: card.birth });
    try {
      const answer = await fetch(`${lookupUrl}?${query}`, {
        headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      const body = await answer.json();
      if (answer.ok) return body;
      return { found: "unknown", why: body.error };
    } catch {
      return { found: "unknown", why: "Không hỏi được máy chủ xem người này đã có ở đâu chưa." };
    }
  };

  const sentenceOf = (card, owner) => {
    if (owner.found === "here") {
      const place = ordinal(owner.line) ? `dòng ${ordinal(owner.line)}` : "phiếu này";
      return `${card.full_name}: đã có ở ${place} (${owner.why}).`;
    }
    if (owner.found === "elsewhere") return `${card.full_name}: chưa có trong phiếu này, nhưng đã ghi ở nơi khác.`;
    return `${card.full_name}: chưa có trong phiếu này.`;
  };
  const said = (field, value) => (field === "female" ? (value ? "Nữ" : "Nam") : value || "trống");

  const changesTable = (changes) => {
    const table = made("table", "", "scan__table");
    const head = table.createTHead().insertRow();
    for (const text of ["Ghi", "Ô", "Đang là", "Thẻ ghi"]) {
      const cell = made("th", text);
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const change of changes) {
      const row = body.insertRow();
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.checked = true;
      tick.setAttribute("aria-label", `Ghi ${LABELS[change.field]}`);
      tick.addEventListener("change", () => { change.wanted = tick.checked; });
      row.insertCell().append(tick);
      const label = made("th", LABELS[change.field]);
      label.scope = "row";
      row.append(label, made("td", said(change.field, change.before)), made("td", said(change.field, change.value)));
    }
    return table;
  };

  const addressOf = (card) => {
    if (!card.address) return [];
    const box = made("div", `Nơi thường trú trên thẻ: ${card.address} (chỉ để xem).`, "scan__address");
    const here = control("h", "address");
    if (!here || here.value.trim()) return [box];
    box.firstChild.textContent = `Nơi thường trú trên thẻ: ${card.address}.`;
    const label = document.createElement("label");
    const tick = document.createElement("input");
    tick.type = "checkbox";
    tick.addEventListener("change", () => { plan.address = tick.checked ? card.address : ""; });
    label.append(tick, "Ghi làm địa chỉ của hộ (đang trống)");
    box.append(label);
    return [box];
  };

  const show = (card, owner) => {
    const line = owner.found === "here" ? owner.line : "";
    const changes = Object.entries(cellsOf(card))
      .map(([field, value]) => ({ field, value, before: line ? valueOf(line, field) : "", wanted: true }))
      .filter((change) => change.value !== change.before || (!line && change.value));
    plan = { card, line, changes, address: "" };
    part("who").textContent = sentenceOf(card, owner);
    const warned = [...card.warnings.map((warning) => `${warning.message} Hãy nhìn lại thẻ.`),
      ...(owner.found === "unknown" ? [owner.why] : [])];
    part("warnings").replaceChildren(...warned.map((text) => made("li", `⚠ ${text}`)));
    const shown = [];
    if (owner.found === "elsewhere") {
      const people = made("ul", "", "scan__people");
      people.append(...owner.people.map((each) => made("li", `${each.name}, sinh ${each.birth}: ${each.where} (${each.why})`)));
      shown.push(people, made("p", "Ghi vào dòng mới, rồi chọn “Là người này” hoặc “Người khác” ngay dưới dòng đó."));
    }
    if (changes.length) shown.push(changesTable(changes));
    else shown.push(made("p", "Mọi ô đã đúng như thẻ, không có gì để ghi."));
    part("changes").replaceChildren(...shown, ...addressOf(card));
    part("accept").textContent = line ? (changes.length ? "Ghi vào phiếu (Enter)" : "Xong (Enter)") : "Thêm dòng mới (Enter)";
    part("read").hidden = true;
    part("found").hidden = false;
    part("accept").focus();
  };

  const accept = () => {
    if (!plan) return;
    const { changes, address } = plan;
    const line = plan.line || newLine();
    const wanted = changes.filter((change) => change.wanted);
    for (const { field, value } of wanted) fill(line, field, value);
    if (address) fill("h", "address", address);
    const words = wanted.length ? `Đã ghi ${wanted.length} ô từ thẻ của ${plan.card.full_name}.` : "";
    plan = null;
    dialog.close();
    (control(line, wanted.length ? "relation" : "full_name") ?? phieu).focus();
    if (words) window.pcgd.entry?.say?.(words);
  };

  // ---- A line has come ----

  const complain = (sentence) => {
    const box = part("error");
    box.hidden = !sentence;
    box.querySelector("span").textContent = sentence;
  };
  const take = async (text, { typed }) => {
    let card;
    try {
      card = reading.parse(text, { typed });
    } catch (error) {
      open({ camera: false });
      complain(error.message);
      part("line").value = "";
      part("line").focus();
      return false;
    }
    stopCamera?.();
    complain("");
    open({ camera: false });
    turn += 1;
    const mine = turn;
    const owner = await findOwner(card);
    if (mine === turn && dialog.open) show(card, owner);
    return true;
  };

  let seen = "";
  const camera = () => {
    stopCamera?.();
    seen = "";
    stopCamera = scanRead.fromCamera(part("video"), jsqrUrl, (text) => {
      // A code that cannot be read stays before the camera; it is complained about once.
      if (text === seen) return;
      seen = text;
      take(text, { typed: false });
    }, (sentence) => { part("camera").textContent = sentence; });
  };
  const open = ({ camera: withCamera }) => {
    if (!dialog.open) {
      from = document.activeElement?.closest?.(".person")?.dataset.line ?? null;
      part("camera").textContent = "";
      dialog.showModal();
      complain("");
    }
    plan = null;
    part("read").hidden = false;
    part("found").hidden = true;
    part("line").value = "";
    part("line").focus();
    if (withCamera) camera();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-scan]")) open({ camera: true });
  });
  part("close").addEventListener("click", () => dialog.close());
  part("accept").addEventListener("click", accept);
  part("again").addEventListener("click", () => { complain(""); open({ camera: true }); });
  dialog.addEventListener("close", () => {
    turn += 1;
    stopCamera?.();
    stopCamera = null;
    plan = null;
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) stopCamera?.(); });
  part("line").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (event.target.value.trim()) take(event.target.value, { typed: true });
  });
  part("photo").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    try {
      await take(await scanRead.fromPhoto(file, jsqrUrl), { typed: false });
    } catch (error) {
      complain(error.message);
    }
    target.value = "";
  });

  // A scanner that types into some cell of the phiếu: the cell gets back what it held.
  const isCardLine = (input) => input.matches?.("#phieu input[type=text], #phieu input:not([type])")
    && (input.value.match(/[|¦｜]/g) ?? []).length >= 4;
  const lift = (input, line) => {
    const text = isCardLine(input) ? input.value : line;
    input.value = input.dataset.scanBefore ?? input.defaultValue;
    take(text, { typed: true });
  };
  scanRead.fromScanner(
    phieu,
    (line, input) => { if (input) lift(input, line); else take(line, { typed: true }); },
    () => {
      open({ camera: false });
      complain("Máy quét gửi chữ có dấu bằng phím Alt, trang chỉ nhận được trong ô. Hãy quét lại vào ô dưới đây.");
    },
  );
  phieu.addEventListener("focusin", ({ target }) => {
    if (target.matches("input")) target.dataset.scanBefore = target.value;
  });
  phieu.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !isCardLine(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    lift(event.target, "");
  }, true);
  phieu.addEventListener("focusout", (event) => {
    if (!isCardLine(event.target)) return;
    lift(event.target, "");
  }, true);
  phieu.addEventListener("paste", (event) => {
    setTimeout(() => { if (isCardLine(event.target)) lift(event.target, ""); });
  });
})();

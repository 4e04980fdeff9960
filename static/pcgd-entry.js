// The phiếu page, cell by cell: what is typed goes to the queue when its cell is left, and the
// cell says what became of it. Without this script, or without the queue, the page is one form.
//
// pcgd-entry-lines.js: people come, go and move; pcgd-entry-notes.js: notes and handing in;
// pcgd-entry-keys.js: the keyboard. They share `pcgd.entry`.
"use strict";

(() => {
  window.pcgd ??= {};
  const form = document.getElementById("phieu");
  const { queue } = window.pcgd;
  if (!form || !queue || !("editable" in form.dataset) || !form.dataset.saveUrl) return;

  const formId = form.dataset.form;
  const year = Number(form.dataset.year);
  const config = JSON.parse(document.getElementById("entry-config").textContent);
  const SAVED_MS = 1500;
  document.documentElement.classList.add("entry-live");
  form.removeAttribute("data-warn-unsaved"); // nothing is lost by leaving

  // ---- Lines and cells ----

  const renamed = new Map(); // n3f2 → m881, once the server knows the person
  const lineOf = (element) => element.closest("[data-line]");
  const lineById = (id) => document.getElementById(renamed.get(id) ?? id);
  const lines = () => [...form.querySelectorAll(".person")];
  const cellOf = (element) => element.closest(".cell[data-field]");
  const cellIn = (line, field) => line?.querySelector(`.cell[data-field="${field}"]`) ?? null;
  const cellsIn = (line) => [...line.querySelectorAll(".cell[data-field]")];
  const controls = (cell) => [...cell.querySelectorAll("input, select")];
  const label = (cell) => cell.querySelector("label, legend").textContent.trim();

  /** A cell's value as the server counts it: “on” for a tick, several ticks joined by commas. */
  const valueOf = (cell) => {
    const [first, ...more] = controls(cell);
    if (first.type !== "checkbox") return first.value;
    if (!more.length && !cell.querySelector("fieldset")) return first.checked ? "on" : "";
    return [first, ...more].filter((box) => box.checked).map((box) => box.value).join(",");
  };
  const setValue = (cell, text) => {
    const all = controls(cell);
    const chosen = new Set(text.split(","));
    all.forEach((control) => {
      if (control.type !== "checkbox") control.value = text;
      else control.checked = cell.querySelector("fieldset") ? chosen.has(control.value) : text === "on";
    });
  };
  /** The value in the words of the page, for a sentence. */
  const inWords = (cell, text) => {
    const [first] = controls(cell);
    if (first.matches("select")) return [...first.options].find((option) => option.value === text)?.label || "trống";
    if (cell.querySelector("fieldset")) {
      const chosen = new Set(text.split(","));
      return controls(cell).filter((box) => chosen.has(box.value))
        .map((box) => box.closest("label").textContent.trim()).join(", ") || "không";
    }
    if (first.type === "checkbox") return text ? "có" : "không";
    return text || "trống";
  };
  const baseOf = (cell) => controls(cell)[0].dataset.base ?? "";
  const setBase = (cell, text) => { controls(cell)[0].dataset.base = text; };
  const readBases = (line) => {
    const packed = line.querySelector("[name^=initial-]") ?? form.querySelector(`[name="initial-${line.dataset.line}"]`);
    const stored = packed?.value ? JSON.parse(packed.value) : {};
    cellsIn(line).forEach((cell) => setBase(cell, stored[cell.dataset.field] ?? ""));
  };

  // ---- Saying what became of a cell ----

  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    const sprite = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
    use.setAttribute("href", `${sprite}#${name}`);
    svg.append(use);
    return svg;
  };
  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-sm";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };
  const say = (text) => {
    const box = document.querySelector("[data-live]");
    box.textContent = text;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { box.textContent = ""; }, 6000);
  };

  /** A sentence below the line of ``cell``; ``kind`` keeps sorts of sentences apart. */
  const tell = (cell, kind, sentence, ...buttons) => {
    hush(cell, kind);
    const row = document.createElement("li");
    row.className = kind === "invalid" ? "tone-bad" : "tone-warn";
    row.dataset.kind = kind;
    row.dataset.field = cell.dataset.field;
    row.id = `${controls(cell)[0].name}-${kind}`;
    const words = document.createElement("span");
    words.textContent = sentence;
    row.append(icon(kind === "invalid" ? "circle-x" : "alert-triangle"), words, ...buttons);
    lineOf(cell).querySelector("[data-notes]").prepend(row);
    controls(cell).forEach((control) => {
      control.setAttribute("aria-describedby", row.id);
      if (kind === "invalid") control.setAttribute("aria-invalid", "true");
    });
  };
  const hush = (cell, ...kinds) => {
    const { field } = cell.dataset;
    kinds.forEach((kind) => lineOf(cell)
      .querySelectorAll(`[data-notes] > [data-kind="${kind}"][data-field="${field}"]`)
      .forEach((row) => row.remove()));
    controls(cell).forEach((control) => {
      control.removeAttribute("aria-describedby");
      control.removeAttribute("aria-invalid");
    });
  };
  const mark = (cell, state) => {
    cell.dataset.state = state;
    clearTimeout(cell.markTimer);
    if (state === "saved") cell.markTimer = setTimeout(() => delete cell.dataset.state, SAVED_MS);
  };

  // ---- Out: a cell that was left ----

  const waiting = new Map(); // cell → the value on its way
  const underway = new Set(); // promises of what is being written into this browser
  const put = (change) => {
    const writing = queue.put({ form: formId, url: form.dataset.saveUrl, ...change });
    underway.add(writing);
    writing.finally(() => underway.delete(writing));
    return writing;
  };
  /** Everything typed is kept by this browser, if not by the server. */
  const settled = () => Promise.allSettled([...underway]);

  const DATES = new Set(["birth", "surveyed_on"]);
  /** “12092020” from a phone's keyboard, which has no stroke, is 12/09/2020. */
  const tidy = (cell) => {
    const { field } = cell.dataset;
    const [control] = controls(cell);
    if (DATES.has(field)) {
      control.value = control.value.trim()
        .replace(/^(\d\d)(\d\d)(\d{4})$/, "$1/$2/$3").replace(/^(\d\d)(\d{4})$/, "$1/$2");
    } else if (field.endsWith("_year")) {
      control.value = control.value.trim().replace(/^(\d{4})(\d{4})$/, "$1-$2");
    }
  };
  const commit = (cell, { force = false } = {}) => {
    tidy(cell);
    const value = valueOf(cell);
    const known = waiting.get(cell) ?? baseOf(cell);
    if (!force && pcgd.nfc(value) === pcgd.nfc(known)) return undefined;
    waiting.set(cell, value);
    hush(cell, "invalid", "conflict", "suggestion");
    mark(cell, "sending");
    const { line } = lineOf(cell).dataset;
    form.dispatchEvent(new CustomEvent("pcgd:typed", { detail: { cell } }));
    return put({ line, field: cell.dataset.field, base: baseOf(cell), value, force });
  };
  /** Back to what is stored; what waits for this cell is forgotten. */
  const revert = (cell) => {
    setValue(cell, baseOf(cell));
    hush(cell, "invalid", "conflict", "suggestion");
    delete cell.dataset.state;
    if (waiting.delete(cell)) queue.drop(formId, lineOf(cell).dataset.line, cell.dataset.field);
    form.dispatchEvent(new CustomEvent("pcgd:typed", { detail: { cell } }));
  };

  form.addEventListener("focusout", (event) => {
    const cell = cellOf(event.target);
    if (cell && event.target.matches("input:not([type=checkbox])")) commit(cell);
  });
  form.addEventListener("change", (event) => {
    const cell = cellOf(event.target);
    // A text is saved when it is left, unless something else filled it in: a scan, a list.
    const isElsewhere = event.target !== document.activeElement || event.target.matches("select, [type=checkbox], [role=combobox]");
    if (cell && isElsewhere) commit(cell);
  });
  document.addEventListener("visibilitychange", () => {
    const cell = document.visibilityState === "hidden" && cellOf(document.activeElement ?? form);
    if (cell) commit(cell);
  });
  // A link is followed once what was typed is kept: else leaving is quicker than writing.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isPlain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!link || !isPlain || link.target || link.hash || !underway.size) return;
    event.preventDefault();
    settled().then(() => window.location.assign(link.href));
  });

  // ---- In: what became of it ----

  const special = {}; // fields that are no cells: submit, remove, position, accept:…

  const settle = (cell, detail) => {
    const typed = valueOf(cell);
    const isUntouched = typed === (waiting.get(cell) ?? baseOf(cell));
    waiting.delete(cell);
    setBase(cell, detail.value);
    if (isUntouched && typed !== detail.value) setValue(cell, detail.value);
    hush(cell, "invalid", "conflict");
    mark(cell, "saved");
  };
  const quarrel = (cell, { theirs, mine, by, at }) => {
    const who = by || "Người khác";
    const sentence = `${label(cell)}: ${who} đã ghi “${inWords(cell, theirs)}”${at ? ` lúc ${at}` : ""}; bạn ghi “${inWords(cell, mine)}”. Chọn:`;
    mark(cell, "conflict");
    tell(
      cell, "conflict", sentence,
      button("Giữ của tôi", () => {
        setValue(cell, mine);
        commit(cell, { force: true });
        controls(cell)[0].focus();
      }),
      button("Lấy của người kia", () => {
        queue.drop(formId, lineOf(cell).dataset.line, cell.dataset.field);
        waiting.delete(cell);
        setBase(cell, theirs);
        setValue(cell, theirs);
        hush(cell, "conflict");
        delete cell.dataset.state;
        form.dispatchEvent(new CustomEvent("pcgd:typed", { detail: { cell } }));
        controls(cell)[0].focus();
      }),
    );
  };
  const show = (cell, detail) => {
    if (detail.state === "saved") {
      settle(cell, detail);
    } else if (detail.state === "invalid") {
      mark(cell, "invalid");
      tell(cell, "invalid", `${label(cell)}: ${detail.message}`);
    } else if (detail.state === "conflict") {
      quarrel(cell, {
        theirs: detail.theirs ?? detail.value, mine: detail.mine ?? valueOf(cell), by: detail.by, at: detail.at,
      });
    } else {
      mark(cell, detail.state);
    }
    form.dispatchEvent(new CustomEvent("pcgd:shown", { detail: { cell, state: detail.state } }));
  };

  // What the server takes it for: text in an old font, the number of an old card. Its words come
  // with the whole answer, just before those of the cell.
  const offered = [];
  const offer = (cell, { suggestion, suggestion_field: other }) => {
    const place = (other && cellIn(lineOf(cell), other)) || cell;
    const where = place === cell ? "" : ` vào ô ${label(place)}`;
    tell(
      cell, "suggestion", `Có phải là “${suggestion}”${where}?`,
      button(`Ghi “${suggestion}”${where}`, () => {
        if (place !== cell) revert(cell);
        setValue(place, suggestion);
        commit(place);
        hush(cell, "suggestion");
        controls(place)[0].focus();
      }),
    );
  };

  document.addEventListener("pcgd:cell", ({ detail }) => {
    if (String(detail.form) !== formId) return;
    const handle = special[detail.field.split(":")[0]];
    if (handle) { handle(detail); return; }
    const cell = cellIn(lineById(detail.line), detail.field);
    if (!cell) return;
    show(cell, detail);
    const isOf = (each) => each.field === detail.field && lineById(each.line) === lineOf(cell);
    const meant = detail.state === "saved" ? undefined : offered.find(isOf);
    if (meant) offer(cell, meant);
  });
  document.addEventListener("pcgd:form", ({ detail }) => {
    if (String(detail.form) !== formId) return;
    Object.entries(detail.lines ?? {}).forEach(([token, line]) => rename(token, line));
    const version = form.querySelector("[name=version]");
    if (detail.version) version.value = detail.version;
    offered.length = 0;
    offered.push(...(detail.cells ?? []).filter((each) => each.suggestion));
  });
  document.addEventListener("pcgd:refused", ({ detail }) => {
    if (String(detail.form) !== formId) return;
    let box = document.querySelector("[data-refused]");
    if (!box) {
      box = document.createElement("div");
      box.className = "note tone-bad";
      box.setAttribute("role", "alert");
      box.dataset.refused = "";
      form.before(box);
    }
    const words = document.createElement("span");
    words.append(detail.error);
    if (detail.locked) {
      // The page as it is now says who locked it, and lets one ask for it to be opened.
      const link = document.createElement("a");
      link.href = window.location.pathname;
      link.textContent = "Mở lại trang để xem và xin mở khóa";
      words.append(" ", link, ".");
    }
    box.replaceChildren(icon("circle-x"), words);
  });

  /** The line that was typed as n3f2 is person m881 from now on. */
  const rename = (from, to) => {
    const line = document.getElementById(from);
    if (!line || from === to) return;
    renamed.set(from, to);
    if (document.getElementById(to)) { line.remove(); return; } // already here, by another way
    const attributes = ["id", "name", "for", "aria-describedby"];
    [line, ...line.querySelectorAll("[id], [name], [for]")].forEach((element) => {
      attributes.filter((name) => element.hasAttribute(name)).forEach((name) => {
        element.setAttribute(name, element.getAttribute(name)
          .replace(new RegExp(`^((?:id_|initial-)?)${from}(?=-|$)`), `$1${to}`));
      });
    });
    line.dataset.line = to;
  };

  // ---- Once everything is loaded ----

  document.addEventListener("DOMContentLoaded", async () => {
    [document.getElementById("h"), ...lines()].forEach(readBases);
    form.dispatchEvent(new CustomEvent("pcgd:ready"));
    for (const item of await queue.pending(formId)) {
      const [name] = item.field.split(":");
      if (special[name]) {
        special[name](item);
        continue;
      }
      const line = lineById(item.line) ?? (item.line.startsWith("n") && pcgd.entry.add?.({ token: item.line, quiet: true }));
      const cell = line && cellIn(line, item.field);
      if (!cell || waiting.has(cell)) continue;
      setValue(cell, item.value);
      if (item.state === "saved") setBase(cell, item.value);
      else waiting.set(cell, item.value);
      show(cell, { ...item, mine: item.value });
    }
    // A page that came back with what was typed before the script ran: that goes too.
    if ("typed" in form.dataset) [document.getElementById("h"), ...lines()].flatMap(cellsIn).forEach((cell) => commit(cell));
  });

  window.pcgd.entry = {
    form, formId, year, config, special, lineOf, lineById, lines, cellOf, cellIn, cellsIn, controls,
    label, valueOf, setValue, baseOf, setBase, commit, revert, put, settled, rename, readBases, icon, button, say,
  };
})();

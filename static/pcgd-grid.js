// The grid of a hamlet: Tabulator draws the rows and the ranges; every changed cell goes
// through pcgd.queue like a cell of the phiếu, so that it survives a line that is down.
// Typing, pasting and undoing are in pcgd-grid-edit.js.
"use strict";

(() => {
  const page = document.querySelector("[data-grid-page]");
  if (!page || !window.Tabulator) return;
  const box = page.querySelector("[data-grid]");
  const here = page.querySelector("[data-grid-here]");
  const problems = page.querySelector("[data-grid-problems]");
  const problemList = page.querySelector("[data-grid-problem-list]");
  document.querySelector("[data-grid-plain]").remove();
  page.hidden = false;

  const SIGNS = { waiting: "…", sending: "…", offline: "⇡", invalid: "!", conflict: "≠" };
  const WORDS = { waiting: "đang lưu", sending: "đang lưu", offline: "chờ mạng", invalid: "chưa lưu",
    conflict: "người khác vừa sửa" };
  const WIDTHS = { class_mark: 78, school: 165, completed_level: 58, completed_year: 97,
    dropped_grade: 50, literacy_completed: 50, residence_state: 90 };
  const grid = { rows: new Map(), columns: [], forms: {}, schools: [], locked: "", table: null };

  // ---- What a cell says ----

  const columnOf = (field) => grid.columns.find((column) => column.field === field);
  const labelOf = (field, value) => {
    const choices = columnOf(field)?.choices;
    return choices?.find(([code]) => code === value)?.[1] ?? value;
  };
  // The code of a school is for the server; in a narrow column its name says enough.
  const shortOf = (field, value) => (field === "school"
    ? value.replace(/ \[[^\]]+\]$/, "") : labelOf(field, value));
  const lockOf = (row) => grid.locked || grid.forms[row.form].locked;
  const place = (row, field) => `${grid.forms[row.form].label} ${row.name}, ${columnOf(field)?.title ?? field}`;

  const draw = (element, row, field) => {
    const state = row.state[field]?.state ?? "";
    element.className = element.className.replace(/ ?grid-cell(--\w+)?/g, "");
    element.classList.add("grid-cell");
    if (state) element.classList.add(`grid-cell--${state === "sending" ? "waiting" : state}`);
    const text = document.createElement("span");
    text.className = "grid-text";
    text.textContent = shortOf(field, row[field]);
    if (field === "school") text.title = row[field];
    if (!state) return text;
    const sign = document.createElement("span");
    sign.className = "grid-sign";
    sign.textContent = SIGNS[state];
    const words = document.createElement("span");
    words.className = "visually-hidden";
    words.textContent = ` (${WORDS[state]})`;
    const both = document.createElement("span");
    both.className = "grid-both";
    both.append(text, sign, words);
    both.title = row.state[field].message || WORDS[state];
    return both;
  };

  const drawHead = (element, row) => {
    const form = grid.forms[row.form];
    const whole = document.createElement("span");
    whole.className = "grid-who";
    const link = document.createElement("a");
    link.href = `${form.url}#${row.line}`;
    link.textContent = form.label;
    link.tabIndex = -1;
    link.title = `${form.state}. Mở phiếu ${form.label}`;
    const name = document.createElement("span");
    name.className = "grid-who__name";
    name.textContent = row.name;
    whole.append(link, name);
    const locked = lockOf(row);
    if (locked) {
      const sign = document.createElement("span");
      sign.className = "grid-locked";
      sign.title = locked;
      sign.innerHTML = page.querySelector(".grid-legend .icon").outerHTML;
      whole.append(sign);
    }
    return whole;
  };

  const drawNotes = (element, row) => {
    const whole = document.createElement("span");
    if (!row.notes.length) return whole;
    const worst = row.notes.some((note) => note.level === "error") ? "bad" : "warn";
    whole.className = `grid-notes tone-${worst}`;
    whole.textContent = `${worst === "bad" ? "✕" : "⚠"} ${row.notes.length}`;
    whole.title = row.notes.map((note) => note.message).join("\n");
    return whole;
  };

  const rowClasses = (element, row) => {
    element.classList.toggle("grid-row--proposed", row.proposed);
    element.classList.toggle("grid-row--gone", row.gone);
    element.classList.toggle("grid-row--locked", Boolean(lockOf(row)));
    element.classList.toggle("grid-row--first", row.first);
  };

  const component = (row) => grid.table.getRow(row.line);
  // Drawn again in place: Tabulator would build the whole row anew and lose the range.
  const redraw = (row, field) => {
    const element = component(row).getCell(field).getElement();
    element.replaceChildren((field === "notes" ? drawNotes : draw)(element, row, field));
    return element;
  };
  const redrawRow = (row) => {
    rowClasses(component(row).getElement(), row);
    const head = component(row).getCell("who").getElement();
    head.replaceChildren(drawHead(head, row));
    for (const field of [...grid.columns.map((column) => column.field), "notes"]) redraw(row, field);
  };

  // ---- Changing cells ----

  /** Writes the cells and has them saved; answers with what really changed, for undoing. */
  grid.change = (changes) => {
    const done = [];
    told = "";
    for (const { row, field, after } of changes) {
      if (lockOf(row) || row[field] === after) continue;
      done.push({ row, field, before: row[field], after });
      row[field] = after;
      row.state[field] = { state: "waiting", message: "" };
      redraw(row, field);
      put(row, field, false);
    }
    say();
    listProblems();
    return done;
  };

  const put = (row, field, force) => window.pcgd.queue.put({
    form: row.form, url: grid.forms[row.form].save, line: row.line, field,
    base: row.base[field], value: row[field], force, label: `Phiếu ${grid.forms[row.form].label}`,
  });

  /** Lines that were proposed from last year and are right as they stand. */
  grid.accept = (rows) => {
    const open = rows.filter((row) => row.proposed && !lockOf(row));
    for (const row of open) {
      row.state.class_mark = { state: "waiting", message: "" };
      redraw(row, "class_mark");
      put(row, "class_mark", true);
    }
    return open.length;
  };

  // ---- What the server answered ----

  const settle = (row, field, detail) => {
    const now = row.state[field] ?? {};
    if (detail.state === "sending") now.sent = row[field];
    if (detail.state === "saved") {
      const typedSince = now.sent !== undefined && now.sent !== row[field];
      row.base[field] = detail.value;
      row.proposed = false;
      if (!typedSince) {
        row[field] = detail.value;
        delete row.state[field];
      }
    } else {
      row.state[field] = { ...now, state: detail.state, message: detail.message || "",
        value: detail.value, by: detail.by, at: detail.at };
    }
  };

  document.addEventListener("pcgd:cell", ({ detail }) => {
    const row = grid.rows.get(detail.line);
    if (!row || String(row.form) !== String(detail.form) || !columnOf(detail.field)) return;
    settle(row, detail.field, detail);
    redraw(row, detail.field);
    rowClasses(component(row).getElement(), row);
    say();
    listProblems();
  });

  document.addEventListener("pcgd:form", ({ detail }) => {
    const form = grid.forms[detail.form];
    if (!form) return;
    form.state = detail.state_label ?? form.state;
    // What followed a saved cell without being sent: with the class the school.
    for (const { line, field, result, value } of detail.cells ?? []) {
      const row = grid.rows.get(line);
      if (!row || !columnOf(field) || result !== "saved" || row.state[field]) continue;
      row.base[field] = row[field] = value;
      redraw(row, field);
    }
    if (!detail.notes) return;
    for (const row of grid.rows.values()) {
      if (String(row.form) !== String(detail.form)) continue;
      row.notes = detail.notes.filter((note) => note.line === row.line && !note.accepted);
      redraw(row, "notes");
    }
  });

  document.addEventListener("pcgd:refused", ({ detail }) => {
    const form = grid.forms[detail.form];
    if (!form) return;
    if (detail.locked) form.locked = detail.error;
    for (const row of grid.rows.values()) {
      if (String(row.form) !== String(detail.form)) continue;
      for (const [field, state] of Object.entries(row.state)) {
        row.state[field] = { ...state, state: "invalid", message: detail.error };
      }
      redrawRow(row);
    }
    listProblems();
  });

  // ---- Where one is, and what is wrong ----

  grid.active = () => {
    const cell = grid.table.modules.selectRange.getActiveCell();
    if (!cell) return null;
    const row = grid.rows.get(cell.row.data.line);
    return { row, field: cell.column.field, cell };
  };

  let told = ""; // what was done or refused, until somebody moves on
  const say = () => {
    const at = grid.table && grid.active();
    if (!at || told) return;
    const { row, field } = at;
    const title = columnOf(field)?.title;
    const parts = [grid.forms[row.form].label, row.name];
    if (field === "notes") parts.push(row.notes.map((note) => note.message).join(" ") || "không có gì cần xem");
    else if (title) parts.push(`${title}: ${labelOf(field, row[field]) || "trống"}`);
    const state = row.state[field];
    if (state?.message) parts.push(state.message);
    if (lockOf(row)) parts.push(lockOf(row));
    const text = parts.join(" · ");
    if (here.textContent !== text) here.textContent = text;
    here.classList.toggle("grid-here--bad", Boolean(state?.message));
    here.classList.remove("grid-here--done");
  };

  const goTo = (row, field) => {
    grid.table.clearFilter(true);
    page.querySelector("[data-grid-find]").value = "";
    component(row).scrollTo("center", false);
    const cell = component(row).getCell(field);
    grid.table.getRanges()[0].setBounds(cell, cell);
    grid.focus();
    say();
  };
  grid.focus = () => box.querySelector(".tabulator-tableholder").focus({ preventScroll: true });

  const button = (text, action, style = "btn btn-sm") => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = style;
    made.textContent = text;
    made.addEventListener("click", action);
    return made;
  };

  const problemItem = (row, field, state) => {
    const item = document.createElement("li");
    item.className = "grid-problem";
    const go = button(place(row, field), () => goTo(row, field), "grid-link");
    const words = document.createElement("span");
    words.textContent = `“${labelOf(field, row[field]) || "trống"}”: ${state.message || WORDS[state.state]}`;
    item.append(go, words);
    if (state.state !== "conflict") return item;
    const theirs = labelOf(field, state.value) || "trống";
    words.textContent = `${state.by || "Người khác"}${state.at ? ` lúc ${state.at}` : ""} đã ghi `
      + `“${theirs}”, bạn ghi “${labelOf(field, row[field]) || "trống"}”.`;
    item.append(
      button("Giữ của tôi", () => {
        row.base[field] = state.value;
        row.state[field] = { state: "waiting", message: "" };
        put(row, field, true);
        after(row, field);
      }),
      button(`Lấy “${theirs}”`, () => {
        window.pcgd.queue.drop(row.form, row.line, field);
        row.base[field] = row[field] = state.value;
        delete row.state[field];
        after(row, field);
      }),
    );
    return item;
  };
  const after = (row, field) => {
    redraw(row, field);
    listProblems();
    (problems.hidden ? box.querySelector(".tabulator-tableholder") : problems.querySelector("h2")).focus();
    say();
  };

  let waiting = 0;
  const listProblems = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const found = [...grid.rows.values()].flatMap((row) => Object.entries(row.state)
        .filter(([, state]) => state.state === "invalid" || state.state === "conflict")
        .map(([field, state]) => problemItem(row, field, state)));
      problemList.replaceChildren(...found);
      problems.hidden = !found.length;
      problems.querySelector("h2").textContent = `${found.length} ô chưa lưu được`;
    }, 50);
  };
  grid.tell = (text, { done = false } = {}) => {
    told = text;
    here.textContent = text;
    here.classList.toggle("grid-here--bad", !done);
    here.classList.toggle("grid-here--done", done);
  };

  // ---- Loading ----

  const take = (data) => {
    Object.assign(grid, { columns: data.columns, forms: data.forms, schools: data.schools,
      locked: data.locked });
    let before = null;
    for (const { cells, ...row } of data.rows) {
      data.columns.forEach((column, index) => { row[column.field] = cells[index]; });
      row.base = Object.fromEntries(data.columns.map((column, index) => [column.field, cells[index]]));
      Object.assign(row, { state: {}, first: row.form !== before, sex: row.female ? "x" : "" });
      before = row.form;
      grid.rows.set(row.line, row);
    }
  };

  // What was typed here earlier and has not reached the server stands in its cell again.
  const recall = async () => {
    if (!await window.pcgd.queue.waiting()) return;
    for (const form of Object.keys(grid.forms)) {
      for (const item of await window.pcgd.queue.pending(form)) {
        const row = grid.rows.get(item.line);
        if (!row || !columnOf(item.field)) continue;
        row[item.field] = item.value;
        row.state[item.field] = { state: item.state, message: item.message || "",
          value: item.theirs, by: item.by, at: item.at };
        redraw(row, item.field);
      }
    }
    listProblems();
  };

  const column = ({ field, label, title }) => ({
    field, title: label, width: WIDTHS[field], headerTooltip: title,
    formatter: (cell) => draw(cell.getElement(), grid.rows.get(cell.getRow().getData().line), field),
  });
  const plain = (field, title, width, cssClass) => ({ field, title, width, cssClass,
    formatter: (cell) => document.createTextNode(cell.getValue() ?? "") });

  const build = () => {
    box.replaceChildren();
    grid.table = new Tabulator(box, {
      data: [...grid.rows.values()],
      index: "line",
      height: "var(--grid-height)", // a height of its own: only the rows in sight are drawn
      rowHeight: 32,
      layout: "fitDataFill",
      selectableRange: 1,
      selectableRangeColumns: true,
      selectableRangeRows: true,
      selectableRangeAutoFocus: false,
      columnDefaults: { headerSort: false, resizable: false, headerHozAlign: "left", headerWordWrap: true },
      // Tab leaves the grid: whoever works by keyboard must be able to.
      keybindings: { navPrev: false, navNext: false },
      rowHeader: { field: "who", title: "Phiếu, họ tên", width: 216, frozen: true, headerSort: false,
        resizable: false, cssClass: "grid-head",
        formatter: (cell) => drawHead(cell.getElement(), grid.rows.get(cell.getRow().getData().line)) },
      rowFormatter: (row) => rowClasses(row.getElement(), grid.rows.get(row.getData().line)),
      columns: [
        plain("birth", "Ngày sinh", 102, "grid-read"),
        plain("sex", "Nữ", 34, "grid-read"),
        plain("last", "Năm ngoái", 76, "grid-read grid-last"),
        ...grid.columns.map(column),
        { field: "notes", title: "Nhắc", width: 54, cssClass: "grid-read",
          formatter: (cell) => drawNotes(cell.getElement(), grid.rows.get(cell.getRow().getData().line)) },
      ],
    });
    grid.table.on("tableBuilt", () => {
      box.setAttribute("aria-label", box.dataset.label);
      // The part that scrolls takes the keyboard, so it has to be one of a grid's own parts.
      box.removeAttribute("aria-owns");
      box.querySelector(".tabulator-tableholder").setAttribute("role", "rowgroup");
      box.querySelector(".tabulator-table").setAttribute("role", "none");
      // Laid out for what is in sight only: with 1,400 rows each arrow key would take long.
      const ranges = grid.table.modules.selectRange;
      const layout = ranges.layoutElement.bind(ranges);
      ranges.layoutElement = () => layout(true);
      const first = grid.table.getRows()[0].getCell(grid.columns[0].field);
      setTimeout(() => grid.table.getRanges()[0].setBounds(first, first));
      document.dispatchEvent(new CustomEvent("pcgd:grid-built"));
      recall();
    });
    for (const event of ["rangeAdded", "rangeChanged"]) {
      grid.table.on(event, () => { told = ""; setTimeout(say); });
    }
  };

  Object.assign(grid, { page, box, columnOf, labelOf, lockOf, say, redraw, put });
  window.pcgd.grid = grid;

  fetch(box.dataset.rowsUrl, { headers: { Accept: "application/json" }, credentials: "same-origin" })
    .then((answer) => (answer.ok && !answer.redirected ? answer.json() : Promise.reject(answer)))
    .then((data) => { take(data); build(); })
    .catch(() => {
      box.replaceChildren();
      const words = document.createElement("p");
      words.className = "note tone-bad";
      words.append("Chưa tải được lưới: mất kết nối hoặc phiên làm việc đã hết. ",
        button("Tải lại", () => location.reload()));
      box.append(words);
    });
})();

// Typing in the grid: one floating field over the cell, keys as in a spreadsheet, blocks from
// Excel, and undo by whole steps. Tabulator's own editors would make every cell a tab stop, its
// clipboard cuts off in silence what does not fit, and its history undoes a paste cell by cell.
"use strict";

document.addEventListener("pcgd:grid-built", () => {
  const grid = window.pcgd.grid;
  const { page, box, table, columnOf } = grid;
  const holder = box.querySelector(".tabulator-tableholder");
  const ranges = table.modules.selectRange;
  const MOST_STEPS = 100;
  const done = [];
  const undone = [];

  const { nfc, fold } = window.pcgd;

  // ---- Steps ----

  const doButton = (name) => page.querySelector(`[data-grid-do=${name}]`);
  const showSteps = () => {
    doButton("undo").disabled = !done.length;
    doButton("redo").disabled = !undone.length;
  };
  const step = (changes, label) => {
    const made = grid.change(withSchool(changes));
    if (made.length) {
      done.push({ label, made });
      if (done.length > MOST_STEPS) done.shift();
      undone.length = 0;
    }
    showSteps();
    return made.length;
  };
  // Who does not study has no school: an emptied class empties it too, in the same step.
  const withSchool = (changes) => {
    const named = new Set(changes.filter(({ field }) => field === "school").map(({ row }) => row));
    return changes.flatMap((each) => (each.field === "class_mark" && !each.after && !named.has(each.row)
      ? [each, { row: each.row, field: "school", after: "" }] : [each]));
  };
  const replay = (from, to, value, words) => {
    const last = from.pop();
    if (!last) return;
    grid.change(last.made.map(({ row, field, ...texts }) => ({ row, field, after: texts[value] })));
    to.push(last);
    showSteps();
    grid.tell(`${words}: ${last.label}.`, { done: true });
  };
  const undo = () => replay(done, undone, "before", "Đã hoàn tác");
  const redo = () => replay(undone, done, "after", "Đã làm lại");

  // ---- What is selected ----

  const selection = () => {
    const range = table.getRanges()[0];
    if (!range) return null;
    return {
      rows: range.getRows().map((row) => grid.rows.get(row.getData().line)),
      fields: range.getColumns().map((column) => column.getField()),
      top: range.getTopEdge(),
    };
  };
  const many = (count, what) => `${what} ${count} ô`;

  Object.assign(grid, { step, selection });

  // ---- Understanding a value ----

  /** The text to store for what was typed; throws a sentence where it can be known wrong. */
  const read = (field, typed) => {
    const text = nfc(typed);
    const { choices, title } = columnOf(field);
    if (!choices) return text;
    if (!text) return field === "residence_state" ? "1" : "";
    const wanted = fold(text);
    const whole = choices.find(([code, label]) => code === text || fold(label) === wanted);
    const begun = choices.filter(([code, label]) => code && fold(label).startsWith(wanted));
    const found = whole ?? (begun.length === 1 ? begun[0] : null);
    if (!found) {
      const known = choices.map(([, label]) => label).filter((label) => label.trim()).join(", ");
      throw new Error(`${title} “${text}” không có; chọn ${known}.`);
    }
    return found[0];
  };

  // ---- The floating field ----

  const field = document.createElement("input");
  field.className = "grid-input";
  field.type = "text";
  field.autocomplete = "off";
  field.spellcheck = false;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", "luoi-goi-y");
  field.setAttribute("aria-expanded", "false");
  const list = document.createElement("ul");
  list.className = "grid-options";
  list.id = "luoi-goi-y";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Gợi ý");
  list.hidden = true;
  page.append(list);
  let editing = null;
  let chosen = -1;

  const optionsFor = (name) => {
    if (name === "school") return grid.schools;
    const choices = columnOf(name).choices;
    return choices ? choices.map(([, label]) => label).filter((label) => label.trim()) : [];
  };

  const offer = () => {
    const wanted = fold(field.value).split(" ");
    const untouched = field.value === editing.shown;
    const all = optionsFor(editing.name);
    const found = untouched ? all : all.filter((text) => wanted.every((word) => fold(text).includes(word)));
    chosen = !untouched && found.length === 1 ? 0 : -1;
    list.replaceChildren(...found.slice(0, 8).map((text, index) => {
      const item = document.createElement("li");
      item.id = `luoi-goi-y-${index}`;
      item.setAttribute("role", "option");
      item.textContent = text;
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        field.value = text;
        finish("down");
      });
      return item;
    }));
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    const box = field.getBoundingClientRect();
    list.style.left = `${box.left}px`;
    list.style.minWidth = `${box.width}px`;
    const above = window.innerHeight - box.bottom < 8 * 36 && box.top > 8 * 36;
    list.style.top = above ? "auto" : `${box.bottom}px`;
    list.style.bottom = above ? `${window.innerHeight - box.top}px` : "auto";
    point();
  };
  const point = () => {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
    if (chosen >= 0) field.setAttribute("aria-activedescendant", `luoi-goi-y-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
  };

  const edit = (text) => {
    const at = grid.active();
    if (!at || !columnOf(at.field)) return false;
    const locked = grid.lockOf(at.row);
    if (locked) {
      grid.tell(`${at.row.name}: ${locked}`);
      return false;
    }
    const element = at.cell.getElement();
    const rowElement = at.cell.row.getElement();
    const shown = grid.labelOf(at.field, at.row[at.field]);
    editing = { row: at.row, name: at.field, shown, fresh: text !== undefined };
    field.value = text ?? shown;
    field.setAttribute("aria-label", `${at.row.name}, ${columnOf(at.field).title}`);
    Object.assign(field.style, {
      left: `${rowElement.offsetLeft + element.offsetLeft}px`, top: `${rowElement.offsetTop}px`,
      width: `${Math.max(element.offsetWidth, 64)}px`, height: `${rowElement.offsetHeight}px`,
    });
    holder.append(field);
    field.focus({ preventScroll: true });
    if (text === undefined) field.setSelectionRange(shown.length, shown.length);
    offer();
    return true;
  };

  const close = () => {
    editing = null;
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.remove();
    grid.focus();
  };

  const finish = (move) => {
    if (!editing) return;
    const { row, name } = editing;
    if (chosen >= 0 && list.children[chosen]) field.value = list.children[chosen].textContent;
    let after;
    try {
      after = read(name, field.value);
    } catch (error) {
      grid.tell(error.message);
      if (move === "stay") close();
      else field.select();
      return;
    }
    close();
    step([{ row, field: name, after }], `${columnOf(name).title} của ${row.name}`);
    if (move && move !== "stay") ranges.navigate(false, false, move);
    grid.say();
  };

  field.addEventListener("input", offer);
  field.addEventListener("blur", () => finish("stay"));
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return;
    const count = list.hidden ? 0 : list.children.length;
    const arrows = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") close();
    else if (event.key === "Enter") finish(event.shiftKey ? "up" : "down");
    else if (event.key === "Tab") finish(event.shiftKey ? "left" : "right");
    else if (arrows && count) {
      chosen = (chosen + arrows + count + (chosen < 0 && arrows < 0 ? 1 : 0)) % count;
      point();
    } else if (arrows && editing.fresh) finish(arrows > 0 ? "down" : "up");
    else return;
    event.preventDefault();
  });

  // ---- Keys ----

  const clear = () => {
    const { rows, fields } = selection();
    const changes = rows.flatMap((row) => fields.filter(columnOf)
      .map((name) => ({ row, field: name, after: name === "residence_state" ? "1" : "" })));
    const count = step(changes, many(changes.length, "xóa"));
    if (!count && changes.length) refuseLocked(rows);
  };
  const refuseLocked = (rows) => {
    const locked = rows.find(grid.lockOf);
    if (locked) grid.tell(`${locked.name}: ${grid.lockOf(locked)}`);
  };

  const fillDown = () => {
    const { rows, fields } = selection();
    const names = fields.filter(columnOf);
    if (rows.length < 2 || !names.length) {
      grid.tell("Hãy chọn từ hai dòng trở lên; ô trên cùng được điền xuống các dòng dưới.");
      return;
    }
    const [first, ...others] = rows;
    const changes = others.flatMap((row) => names.map((name) => ({ row, field: name, after: first[name] })));
    const count = step(changes, many(changes.length, "điền xuống"));
    const locked = others.filter(grid.lockOf).length;
    grid.tell(`Đã điền xuống ${count} ô${locked ? `; bỏ qua ${locked} dòng đã khóa` : ""}.`, { done: !locked });
  };

  const accept = () => {
    const rows = selection().rows;
    const count = grid.accept(rows);
    if (count) grid.tell(`Đã nhận đề xuất của ${count} người.`, { done: true });
    else grid.tell("Trong các dòng đã chọn không có đề xuất nào chờ nhận.");
  };

  const KEYS = {
    F2: () => edit(), Delete: clear, Backspace: clear,
    Enter: (event) => ranges.navigate(false, false, event.shiftKey ? "up" : "down"),
  };
  const WITH_CTRL = { z: (event) => (event.shiftKey ? redo() : undo()), y: redo, d: fillDown };
  box.addEventListener("keydown", (event) => {
    if (editing || event.altKey || event.target !== holder) return;
    const command = event.ctrlKey || event.metaKey ? WITH_CTRL[event.key.toLowerCase()] : KEYS[event.key];
    if (command) {
      command(event);
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
      // The key itself then goes into the field, also through an input method.
      if (!edit("")) event.preventDefault();
    }
  }, true);
  box.addEventListener("dblclick", (event) => {
    if (event.target.closest(".tabulator-cell")) edit();
  });
  const ACTIONS = { undo, redo, fill: fillDown, accept };
  for (const [name, action] of Object.entries(ACTIONS)) {
    doButton(name).addEventListener("click", () => { action(); grid.focus(); });
  }

  page.querySelector("[data-grid-find]").addEventListener("input", ({ target }) => {
    const words = fold(target.value).split(" ").filter(Boolean);
    if (!words.length) table.clearFilter(true);
    else {
      table.setFilter((data) => {
        const text = `${fold(data.name)} ${grid.forms[data.form].label}`;
        return words.every((word) => text.includes(word));
      });
    }
  });

  // ---- Blocks: tab-separated text, as Excel and Calc write it ----

  const split = (text) => {
    const rows = [[""]];
    let quoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const sign = text[at];
      const row = rows.at(-1);
      if (quoted && sign === '"' && text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
      else if (sign === '"' && (quoted || row.at(-1) === "")) quoted = !quoted;
      else if (!quoted && sign === "\t") row.push("");
      else if (!quoted && sign === "\n") rows.push([""]);
      else if (sign !== "\r") row[row.length - 1] += sign;
    }
    if (rows.length > 1 && rows.at(-1).every((cell) => cell === "")) rows.pop();
    return rows;
  };

  const copied = () => {
    const { rows, fields } = selection();
    return rows.map((row) => fields.map((name) => {
      if (name === "notes") return "";
      const text = columnOf(name) ? grid.labelOf(name, row[name]) : row[name] ?? "";
      return /["\t\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }).join("\t")).join("\n");
  };

  const allRows = () => table.getRows("active").map((row) => grid.rows.get(row.getData().line));
  const allFields = () => table.getColumns().map((column) => column.getField()).filter((name) => name !== "who");

  /** The block without a first column of names, once every name is that of its row. */
  const withoutNames = (block, rows) => {
    const isName = (line, index) => rows[index] && fold(line[0]) === fold(rows[index].name);
    if (block[0].length < 2 || !block.some(isName)) return block;
    const wrong = block.findIndex((line, index) => !isName(line, index));
    if (wrong >= 0) {
      throw new Error(`Chưa dán gì: dòng ${wrong + 1} của khối dán là “${nfc(block[wrong][0])}”, còn trong `
        + `lưới là “${rows[wrong]?.name ?? "hết dòng"}”. Hãy xếp hai bên cùng thứ tự.`);
    }
    return block.map((line) => line.slice(1));
  };

  const repeated = (block, chosenRows, chosenFields) => {
    const [height, width] = [block.length, block[0].length];
    if (chosenRows % height || chosenFields % width) return block;
    return Array.from({ length: chosenRows }, (_row, down) =>
      Array.from({ length: chosenFields }, (_cell, right) => block[down % height][right % width] ?? ""));
  };

  const paste = (text) => {
    const picked = selection();
    const start = picked.top;
    const rows = allRows().slice(start);
    let block = withoutNames(split(text), rows);
    const width = Math.max(...block.map((line) => line.length));
    block = repeated(block.map((line) => [...line, ...Array(width - line.length).fill("")]),
      picked.rows.length, picked.fields.length);
    if (block.length > rows.length) {
      throw new Error(`Chưa dán gì: khối dán có ${block.length} dòng, từ ô đang chọn xuống chỉ còn `
        + `${rows.length} dòng.`);
    }
    const names = allFields();
    const fields = names.slice(names.indexOf(picked.fields[0])).slice(0, block[0].length);
    if (fields.length < block[0].length) {
      throw new Error(`Chưa dán gì: khối dán có ${block[0].length} cột, từ ô đang chọn sang phải chỉ còn `
        + `${fields.length} cột.`);
    }
    pasteBlock(block, rows, fields);
  };

  const pasteBlock = (block, rows, fields) => {
    const changes = [];
    const wrong = [];
    const skipped = new Set();
    block.forEach((line, down) => line.forEach((text, right) => {
      const row = rows[down];
      const name = fields[right];
      if (!columnOf(name)) {
        if (name !== "notes" && nfc(text) && fold(text) !== fold(row[name] ?? "")) {
          wrong.push(`${row.name}: cột chỉ xem đang là “${row[name] || "trống"}”, khối dán là “${nfc(text)}”.`);
        }
        return;
      }
      try {
        const after = read(name, text);
        if (after === row[name]) return;
        if (grid.lockOf(row)) skipped.add(row);
        else changes.push({ row, field: name, after });
      } catch (error) {
        wrong.push(`${row.name}: ${error.message}`);
      }
    }));
    if (wrong.length) {
      const more = wrong.length > 3 ? ` Và ${wrong.length - 3} ô khác.` : "";
      throw new Error(`Chưa dán gì: ${wrong.slice(0, 3).join(" ")}${more}`);
    }
    const count = step(changes, many(changes.length, "dán"));
    const left = skipped.size ? `; bỏ qua ${skipped.size} dòng đã khóa` : "";
    grid.tell(`Đã dán ${count} ô${left}.`, { done: !left });
  };

  const inGrid = () => !editing && document.activeElement === holder && selection();
  document.addEventListener("paste", (event) => {
    if (!inGrid()) return;
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain");
    if (!text) {
      grid.tell("Không có chữ nào để dán.");
      return;
    }
    if (grid.locked) {
      grid.tell(grid.locked);
      return;
    }
    try {
      paste(text);
    } catch (error) {
      grid.tell(error.message);
    }
  });
  for (const kind of ["copy", "cut"]) {
    document.addEventListener(kind, (event) => {
      if (!inGrid()) return;
      event.preventDefault();
      event.clipboardData.setData("text/plain", copied());
      if (kind === "cut") clear();
    });
  }
});

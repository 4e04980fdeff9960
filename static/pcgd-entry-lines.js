// The people of a phiếu: which fields are open for whom, adding, taking out, moving up and down,
// taking over what last year proposes; and the lists of schools and dân tộc.
"use strict";

(() => {
  const entry = window.pcgd?.entry;
  if (!entry) return;
  const { form, config, year, lines, lineOf, cellIn, cellsIn, controls, valueOf, put, button, say } = entry;

  // ---- What is open at this age: the same table as on the server ----

  const holds = ({ ages, studying, has = {} }, age, value) => {
    if (ages && (age === null || age < ages[0] || age > ages[1])) return false;
    if (studying !== undefined && studying !== Boolean(value("class_mark"))) return false;
    return Object.entries(has).every(([field, wanted]) => (
      wanted.includes(value(field)) || (wanted.includes("*") && Boolean(value(field)))));
  };
  const isOpen = (field, age, value) => {
    const conditions = config.open[field];
    if (!conditions) return false;
    if (!conditions.length || (age === null && config.row.includes(field))) return true;
    if (value(field) && !config.folded.includes(field)) return true;
    return conditions.some((each) => (age !== null || !each.ages) && holds(each, age, value));
  };
  const ageOf = (line) => {
    const born = /[0-9]{4}$/.exec(valueOf(cellIn(line, "birth")).trim());
    return born ? year - Number(born[0]) : null;
  };

  const blank = document.getElementById("new-person").content.querySelector(".person");
  const decide = (line) => {
    const age = ageOf(line);
    const value = (field) => {
      const cell = cellIn(line, field);
      return cell ? valueOf(cell) : "";
    };
    const strip = line.querySelector(".person__strip");
    const rest = line.querySelector(".person__details");
    const isAll = line.matches(".is-all"); // then nothing moves under the hands
    for (const cell of cellsIn(line)) {
      const { field, state } = cell.dataset;
      const open = isOpen(field, age, value) || state === "invalid" || state === "conflict"
        || cell.contains(document.activeElement);
      if (config.row.includes(field)) {
        cell.classList.toggle("cell--shut", !open);
      } else if (!isAll && cell.parentElement !== (open ? strip : rest)) {
        const place = open ? strip : rest;
        const after = [...place.children].find((other) => (
          config.below.indexOf(other.dataset.field) > config.below.indexOf(field)));
        place.insertBefore(cell, after ?? null);
      }
    }
    line.querySelector("[data-kt]").textContent = value("disability_kinds") ? "có" : "";
  };
  const name = (line) => valueOf(cellIn(line, "full_name")).trim();
  const number = () => {
    const all = lines();
    all.forEach((line, index) => {
      line.querySelector("[data-number]").textContent = index + 1;
      line.setAttribute("aria-label", `Người thứ ${index + 1}${name(line) ? `: ${name(line)}` : ""}`);
    });
    document.querySelector("[data-people-count]").textContent = all.length;
    document.querySelector("[data-nobody]").hidden = all.length > 0;
  };
  form.addEventListener("pcgd:typed", ({ detail }) => {
    const line = lineOf(detail.cell);
    if (!line.matches(".person")) return;
    decide(line);
    if (detail.cell.dataset.field === "full_name") number();
  });
  form.addEventListener("pcgd:shown", ({ detail }) => {
    const line = lineOf(detail.cell);
    if (!line.matches(".person")) return;
    decide(line);
    if (detail.cell.dataset.field === "full_name") number(); // also what waited and came back
    if (detail.state === "saved") confirmed(line);
  });
  form.addEventListener("toggle", (event) => {
    if (!event.target.matches(".person__more")) return;
    lineOf(event.target).classList.toggle("is-all", event.target.open);
    decide(lineOf(event.target));
  }, true);
  form.addEventListener("click", (event) => {
    const shut = event.target.closest(".person:not(.is-all) .cell--shut");
    const line = shut && lineOf(shut);
    if (event.target.closest("[data-number]")) toggle(lineOf(event.target));
    if (event.target.closest(".cell--kt")) {
      toggle(lineOf(event.target), true);
      cellIn(lineOf(event.target), "disability_kinds").querySelector("input").focus();
    }
    if (!line) return;
    shut.classList.remove("cell--shut");
    controls(shut)[0].focus();
  });
  /** Unfold everything about a person, and go there. */
  const toggle = (line, open = !line.querySelector(".person__more").open) => {
    line.querySelector(".person__more").open = open;
    line.classList.toggle("is-all", open);
    if (open) line.querySelector(".person__details :is(input, select)")?.focus();
    else controls(cellIn(line, "full_name"))[0].focus();
  };

  // ---- “3B*!” in words, under the cell while it is typed ----

  const hint = document.createElement("small");
  hint.className = "cell__hint";
  hint.id = "doc-lop";
  hint.setAttribute("role", "status");
  const explain = (input) => {
    hint.textContent = pcgd.classMarkInWords(input.value);
    hint.hidden = !hint.textContent;
    if (hint.parentElement !== input.parentElement) input.after(hint);
  };
  const isClass = (element) => element.matches?.("[data-field=class_mark] input");
  ["focusin", "input"].forEach((kind) => form.addEventListener(kind, (event) => {
    if (isClass(event.target)) explain(event.target);
  }));
  form.addEventListener("focusout", (event) => { if (isClass(event.target)) hint.hidden = true; });

  // ---- Lists ----

  const optionsOf = (id) => {
    let texts;
    return () => { texts ??= [...document.querySelectorAll(`#${id} option`)].map((one) => one.value); return texts; };
  };
  // MN, TH, THCS, THPT before the name, by the level of the class that is written beside it.
  const KINDS = { 1: /^MN\b/, 2: /^MN\b/, 3: /^TH\b/, 4: /\bTHCS\b/, 5: /\bTHPT\b/ };
  const fits = (input, text) => {
    const kind = KINDS[pcgd.classMark(valueOf(cellIn(lineOf(input), "class_mark"))).level];
    return kind && !kind.test(text) ? 1 : 0;
  };
  const schools = { local: optionsOf("schools"), most: 8, first: fits, remote: async (text) => {
    const address = `${form.dataset.schoolsUrl}?q=${encodeURIComponent(text)}`;
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).schools : [];
  } };
  const ethnicities = { local: optionsOf("ethnicities"), most: 8 };
  const NUMERIC = ["birth", "completed_year", "dropped_year", "finished_year", "vocational_year", "old_card_number"];
  const prepare = (line) => {
    pcgd.typeahead(controls(cellIn(line, "school"))[0], schools);
    pcgd.typeahead(controls(cellIn(line, "ethnicity"))[0], ethnicities);
    NUMERIC.forEach((field) => { controls(cellIn(line, field))[0].inputMode = "numeric"; });
    controls(cellIn(line, "phone"))[0].inputMode = "tel";
    line.querySelectorAll("input").forEach((input) => { input.enterKeyHint = "next"; });
    line.querySelector(".person__more").append(tools(line));
  };

  // ---- People come, go and move ----

  const tools = (line) => {
    const bar = document.createElement("p");
    bar.className = "person__tools";
    const made = [
      ["Lên", "arrow-up", "Alt+ArrowUp", () => move(line, -1)],
      ["Xuống", "arrow-down", "Alt+ArrowDown", () => move(line, 1)],
      ["Bỏ dòng này", "user-minus", "Alt+Delete", () => askRemoval(line)],
    ].map(([text, picture, keys, act]) => {
      const one = button(text, act);
      one.setAttribute("aria-keyshortcuts", keys);
      one.title = keys.replace("Arrow", "").replace("Up", "↑").replace("Down", "↓");
      one.prepend(entry.icon(picture));
      return one;
    });
    bar.append(...made);
    return bar;
  };
  const isNew = (line) => line.dataset.line.startsWith("n");
  const newToken = () => `n${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => (byte % 36).toString(36)).join("")}`;

  const add = ({ token = newToken(), quiet = false } = {}) => {
    const line = blank.cloneNode(true);
    form.querySelector("[data-people]").append(line);
    rekey(line, token);
    entry.readBases(line);
    prepare(line);
    number();
    if (!quiet) controls(cellIn(line, "full_name"))[0].focus();
    return line;
  };
  const rekey = (line, token) => {
    const from = new RegExp(`^((?:id_|initial-)?)${line.dataset.line}(?=-|$)`);
    [line, ...line.querySelectorAll("[id], [name], [for]")].forEach((element) => {
      ["id", "name", "for"].filter((one) => element.hasAttribute(one)).forEach((one) => {
        element.setAttribute(one, element.getAttribute(one).replace(from, `$1${token}`));
      });
    });
    line.dataset.line = token;
  };
  // What the server calls n1 is called so in every browser and after every reload: a line that is
  // saved by itself needs a name of its own.
  lines().filter((line) => isNew(line)).forEach((line) => rekey(line, newToken()));

  const leave = (line) => {
    const all = lines();
    const index = all.indexOf(line);
    const near = all[index + 1] ?? all[index - 1];
    line.remove();
    number();
    if (near) controls(cellIn(near, "full_name"))[0].focus();
    else form.querySelector("[data-add]").focus();
  };
  const askRemoval = (line) => {
    if (isNew(line)) {
      cellsIn(line).forEach((cell) => window.pcgd.queue.drop(entry.formId, line.dataset.line, cell.dataset.field));
      leave(line);
      return;
    }
    line.querySelector(".removal")?.remove();
    const box = document.createElement("div");
    box.className = "removal note tone-warn";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `Bỏ dòng của ${name(line)}`);
    const id = `bo-${line.dataset.line}`;
    const words = document.createElement("label");
    words.htmlFor = id;
    words.textContent = `Bỏ dòng “${name(line)}” vì sao? Chỉ bỏ dòng ghi nhầm; người đã có dữ liệu năm trước thì ghi chuyển đi hoặc chết ở ô Biến động.`;
    const reason = document.createElement("input");
    Object.assign(reason, { id, className: "form-control", maxLength: 200, placeholder: "Ví dụ: ghi hai lần" });
    const close = () => { box.remove(); controls(cellIn(line, "full_name"))[0].focus(); };
    const go = () => {
      if (!reason.value.trim()) { reason.focus(); return; }
      put({ line: line.dataset.line, field: "remove", base: "", value: reason.value.trim() });
      box.remove();
      line.classList.add("is-leaving");
    };
    reason.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { go(); event.preventDefault(); event.stopPropagation(); }
      if (event.key === "Escape") { close(); event.preventDefault(); event.stopPropagation(); }
    });
    box.append(words, reason, button("Bỏ dòng này", go), button("Không bỏ", close));
    line.querySelector(".person__below").prepend(box);
    reason.focus();
  };
  entry.special.remove = (detail) => {
    const line = entry.lineById(detail.line);
    if (!line) return;
    if (detail.state === "saved") { say(`Đã bỏ dòng ${name(line)}.`); leave(line); return; }
    const isWrong = detail.state === "invalid" || detail.state === "conflict";
    line.classList.toggle("is-leaving", !isWrong);
    if (!isWrong) return;
    window.pcgd.queue.drop(entry.formId, detail.line, "remove");
    const row = document.createElement("li");
    row.className = "tone-bad";
    row.append(entry.icon("circle-x"), detail.message || "Dòng này đã được người khác sửa; hãy tải lại trang.");
    line.querySelector("[data-notes]").prepend(row);
  };

  const move = (line, step) => {
    const all = lines();
    const from = all.indexOf(line);
    const other = all[from + step];
    if (!other) return;
    const focused = document.activeElement;
    if (step < 0) other.before(line); else other.after(line);
    number();
    if (line.contains(focused)) focused.focus();
    say(`${name(line) || "Người này"} ở dòng ${from + step + 1}.`);
    if (isNew(line)) return; // gets its place when it is saved
    put({
      line: line.dataset.line, field: "position", base: String(from + 1), value: String(from + step + 1), force: true,
    });
  };
  entry.special.position = (detail) => {
    if (detail.state === "invalid" || detail.state === "conflict") {
      window.pcgd.queue.drop(entry.formId, detail.line, "position");
      say(detail.message || "Chưa đổi được thứ tự; hãy tải lại trang.");
    }
  };

  // ---- What last year proposes ----

  const PROPOSED = ["class_mark", "school", "completed_level", "completed_year", "residence_state"];
  const take = (line) => PROPOSED.map((field) => cellIn(line, field)).forEach((cell) => entry.commit(cell, { force: true }));
  const confirmed = (line) => {
    if (!line.matches(".person--proposed")) return;
    line.classList.remove("person--proposed");
    line.querySelector("[data-proposed]")?.remove();
    const banner = document.querySelector("[data-proposals]");
    if (banner && !form.querySelector(".person--proposed")) banner.remove();
  };
  form.addEventListener("click", (event) => {
    const taken = event.target.closest("[data-take]");
    if (!taken) return;
    const line = lineOf(taken);
    take(line);
    const next = lines()[lines().indexOf(line) + 1]?.querySelector("[data-take]");
    (next ?? controls(cellIn(line, "full_name"))[0]).focus();
  });

  // On a phone the household's own fields are folded: they are right nearly always.
  form.querySelector("[data-household]").addEventListener("click", (event) => {
    const panel = document.getElementById("h");
    panel.classList.add("is-open");
    event.target.setAttribute("aria-expanded", "true");
    controls(cellIn(panel, "head_name"))[0].focus();
  });

  const addButton = form.querySelector("[data-add]"); // without script a link that loads a line
  addButton.setAttribute("role", "button");
  addButton.addEventListener("click", (event) => { event.preventDefault(); add(); });
  addButton.addEventListener("keydown", (event) => {
    if (event.key === " ") { event.preventDefault(); add(); }
  });

  form.addEventListener("pcgd:ready", () => {
    lines().forEach(prepare);
    // A household with nobody yet: the first line is there to be typed in.
    if (!lines().length) add({ quiet: true });
  });

  Object.assign(entry, { add, move, askRemoval, toggle, take, decide, name, isNew });
})();

// A text field with a list of suggestions: the editable combobox of the WAI-ARIA Authoring
// Practices. One list serves the whole page; the field keeps the focus.
//
//   pcgd.typeahead(input, {
//     local: () => ["…"], remote: async (text) => [{ text, where }], most: 8,
//     first: (input, text) => 0 where the suggestion fits best, 1 where less,
//   })
//
// Enter takes the marked suggestion, Tab only one that was gone to with the arrows or that is
// the only one: a school is never chosen unseen. Escape closes the list.
"use strict";

(() => {
  const WAIT_MS = 180;
  const list = document.createElement("ul");
  list.id = "goi-y";
  list.className = "typeahead";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Gợi ý");
  list.hidden = true;
  document.body.append(list);

  let field = null; // the input whose list is open
  let rows = [];
  let marked = -1;
  let isChosen = false; // the person moved to the marked row themselves
  let timer;
  let turn = 0;

  const hide = () => {
    if (!field) return;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    list.hidden = true;
    field = null;
    rows = [];
    marked = -1;
  };
  /** Closes the list, also for an answer that is still on its way. */
  const close = () => {
    clearTimeout(timer);
    turn += 1;
    hide();
  };

  const place = () => {
    const box = field.getBoundingClientRect();
    const width = Math.min(Math.max(box.width, 288), document.documentElement.clientWidth - 16);
    const below = window.innerHeight - box.bottom;
    list.style.width = `${width}px`;
    list.style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8)) + window.scrollX}px`;
    const isAbove = below < Math.min(list.offsetHeight, 240) && box.top > below;
    list.style.top = isAbove
      ? `${box.top + window.scrollY - list.offsetHeight - 2}px`
      : `${box.bottom + window.scrollY + 2}px`;
  };

  const mark = (index) => {
    marked = index;
    [...list.children].forEach((row, number) => {
      row.setAttribute("aria-selected", String(number === index));
    });
    // Within the list: the page itself stays where it is.
    const row = list.children[index];
    if (row) {
      const below = row.offsetTop + row.offsetHeight - list.clientHeight;
      list.scrollTop = Math.max(below, Math.min(list.scrollTop, row.offsetTop));
    }
    if (index < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `goi-y-${index}`);
  };

  const show = (input, found) => {
    hide();
    if (!found.length) return;
    field = input;
    rows = found;
    isChosen = false;
    list.replaceChildren(...found.map(({ text, where }, number) => {
      const row = document.createElement("li");
      row.id = `goi-y-${number}`;
      row.setAttribute("role", "option");
      row.append(text);
      if (where) {
        const small = document.createElement("small");
        small.textContent = where;
        row.append(" ", small);
      }
      return row;
    }));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    place();
    mark(0);
  };

  const take = (index) => {
    const input = field;
    input.value = rows[index].text;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const matches = (options, text) => {
    const words = pcgd.fold(text).split(" ").filter(Boolean);
    const folded = words.join(" ");
    return options
      .map((option) => ({ text: option, key: pcgd.fold(option) }))
      .filter(({ key }) => words.every((word) => key.includes(word)))
      .sort((one, other) => Number(other.key.startsWith(folded)) - Number(one.key.startsWith(folded)));
  };

  const look = async (input, { local, remote, most = 8, first = () => 0 }) => {
    turn += 1;
    const mine = turn;
    const text = input.value.trim();
    if (!text || text.startsWith("*")) {
      hide();
      return;
    }
    // In the order found, but first what fits the rest of the line.
    const fitting = (found) => found
      .map((row) => ({ row, rank: first(input, row.text) }))
      .sort((one, other) => one.rank - other.rank).map(({ row }) => row);
    const near = fitting(matches(local(), text)).slice(0, most);
    show(input, near);
    if (!remote || text.length < 2) return;
    const far = await remote(text).catch(() => []); // no line: those of the page must do
    const isStill = mine === turn && document.activeElement === input && !isChosen;
    if (!isStill || !far.length) return;
    const known = new Set(near.map((row) => row.text));
    const more = far.filter((row) => !known.has(row.text));
    show(input, fitting([...near, ...more]).slice(0, most * 2));
  };

  /** Make ``input`` a combobox. ``local`` gives the options of the page, ``remote`` asks for
   * more of them. */
  const typeahead = (input, options) => {
    if (input.hasAttribute("role")) return;
    input.removeAttribute("list"); // the browser's own list, for pages without script
    const attributes = {
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
      autocomplete: "off",
    };
    Object.entries(attributes).forEach(([name, value]) => input.setAttribute(name, value));
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => look(input, options), options.remote ? WAIT_MS : 0);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && event.altKey) return;
      if (field !== input) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        isChosen = true;
        mark((marked + step + rows.length) % rows.length);
        event.preventDefault();
        event.stopPropagation();
      } else if (event.key === "Enter" && !event.ctrlKey) {
        take(marked); // and the key goes on to the next field
      } else if (event.key === "Tab" && (isChosen || rows.length === 1)) {
        take(marked);
      } else if (event.key === "Escape") {
        close();
        event.preventDefault();
        event.stopPropagation();
      }
    });
  };

  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (row) take([...list.children].indexOf(row));
  });
  window.addEventListener("resize", close);

  window.pcgd ??= {};
  window.pcgd.typeahead = typeahead;
})();

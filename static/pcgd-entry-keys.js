// The phiếu by keyboard alone: see the list behind “?” (templates/surveys/_form_keys.html).
"use strict";

(() => {
  const entry = window.pcgd?.entry;
  if (!entry) return;
  const { form, config, lineOf, cellOf, cellIn, controls, lines } = entry;

  const legend = document.getElementById("phim-tat");
  const showLegend = () => { if (!legend.open) legend.showModal(); };
  document.querySelector("[data-keys]")?.addEventListener("click", showLegend);

  const isThere = (element) => !element.disabled && element.getClientRects().length > 0
    && !element.closest("details:not([open])") && getComputedStyle(element).visibility !== "hidden";
  const fields = () => [...form.querySelectorAll(".cell[data-field] :is(input, select)")].filter(isThere);
  const enter = (element) => {
    element.focus();
    if (element.matches("input:not([type=checkbox])")) element.select();
  };

  /** The next open field; after the last one the button for another person. */
  const onwards = (from, step) => {
    const all = fields();
    const next = all[all.indexOf(from) + step];
    if (next) enter(next);
    else if (step > 0) form.querySelector("[data-add]").focus();
  };
  /** The same column of the person above or below who has it open. */
  const along = (from, step) => {
    const cell = cellOf(from);
    const all = lines();
    for (let index = all.indexOf(lineOf(from)) + step; all[index]; index += step) {
      const same = controls(cellIn(all[index], cell.dataset.field)).find(isThere);
      if (same) return enter(same);
    }
    return undefined;
  };

  // A list that the browser has unfolded has the arrows to itself.
  let unfolded = null;
  form.addEventListener("mousedown", (event) => {
    const select = event.target.closest("select");
    unfolded = select && unfolded !== select ? select : null;
  });
  ["change", "focusout"].forEach((kind) => form.addEventListener(kind, () => { unfolded = null; }));

  const choose = (select, key) => {
    const value = config.keys[cellOf(select).dataset.field]?.[key.toLowerCase()];
    if (value === undefined) return false;
    if (select.value !== value) {
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return true;
  };

  const inCell = (event) => {
    const { target, key } = event;
    const isList = target.matches("select");
    const isTick = target.matches("[type=checkbox]");
    if (key === "Enter") { onwards(target, event.shiftKey ? -1 : 1); return true; }
    if (key === "Escape") {
      entry.revert(cellOf(target));
      if (!isTick && !isList) target.select();
      return true;
    }
    if (isList && unfolded === target) return false;
    if (isList && key === " ") { unfolded = target; return false; }
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (lineOf(target).matches(".person")) along(target, key === "ArrowDown" ? 1 : -1);
      return true;
    }
    if (key === "?" && (isList || isTick)) { showLegend(); return true; }
    if (isTick && key.toLowerCase() === "x") { target.click(); return true; }
    return isList && key.length === 1 && choose(target, key);
  };

  const go = (url) => {
    if (!url) { entry.say("Không còn hộ nào ở phía này."); return; }
    const cell = cellOf(document.activeElement ?? form);
    if (cell) entry.commit(cell);
    entry.settled().then(() => window.location.assign(url));
  };
  const withAlt = {
    n: () => entry.add(),
    k: () => document.querySelector("[data-confirm-household]")?.requestSubmit(),
    PageDown: () => go(form.dataset.nextUrl),
    PageUp: () => go(form.dataset.previousUrl),
  };
  const withAltInLine = {
    ArrowUp: (line) => entry.move(line, -1),
    ArrowDown: (line) => entry.move(line, 1),
    Delete: (line) => entry.askRemoval(line),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || legend.open) return;
    const { target, key } = event;
    const line = target.closest?.(".person");
    let isDone = false;
    if (event.altKey && !event.ctrlKey) {
      const act = withAlt[key] ?? withAlt[key.toLowerCase()];
      const actInLine = line && withAltInLine[key];
      isDone = Boolean(act || actInLine);
      if (act) act();
      else if (actInLine) actInLine(line);
    } else if (event.ctrlKey && key === "Enter") {
      isDone = true;
      entry.submit();
    } else if (event.ctrlKey || event.metaKey || event.altKey) {
      isDone = false;
    } else if (key === "F1") {
      isDone = true;
      showLegend();
    } else if (key === "F2" && line) {
      isDone = true;
      entry.toggle(line);
    } else if (target.matches?.("#phieu .cell[data-field] :is(input, select)")) {
      isDone = inCell(event);
    } else if (key === "?" && !target.matches?.("input, select, textarea")) {
      isDone = true;
      showLegend();
    }
    if (isDone) event.preventDefault();
  });

  // A new household: straight to where typing begins.
  form.addEventListener("pcgd:ready", () => {
    const first = lines().length === 1 && entry.isNew(lines()[0]) && controls(cellIn(lines()[0], "full_name"))[0];
    if (first && document.activeElement === document.body) first.focus();
  });
})();

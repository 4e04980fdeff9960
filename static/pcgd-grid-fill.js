// Filling by the mouse: the corner of the selected range is pulled down, and its rows are
// repeated over what it was pulled over.
"use strict";

document.addEventListener("pcgd:grid-built", () => {
  const { grid } = window.pcgd;
  const { box, table, columnOf } = grid;
  const NEAR_PX = 7;
  let pull = null; // {rows, fields, top, left, to}

  const isAtCorner = (event) => {
    const corner = table.getRanges()[0]?.getElement().getBoundingClientRect();
    return Boolean(corner?.width) && Math.abs(event.clientX - corner.right) <= NEAR_PX
      && Math.abs(event.clientY - corner.bottom) <= NEAR_PX;
  };
  const rowAt = (event) => {
    const element = document.elementFromPoint(event.clientX, event.clientY)?.closest(".tabulator-row");
    return element && table.getRows("visible").find((row) => row.getElement() === element);
  };

  box.addEventListener("mousedown", (event) => {
    if (event.button || grid.locked || !isAtCorner(event)) return;
    const picked = grid.selection();
    if (!picked.fields.some(columnOf)) return;
    const range = table.getRanges()[0];
    pull = { ...picked, range, from: range.getBounds().start, to: null };
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("mousemove", (event) => {
    if (!pull) {
      box.classList.toggle("grid-box--pull", box.contains(event.target) && isAtCorner(event));
      return;
    }
    const row = rowAt(event);
    if (!row || row.getPosition() - 1 < pull.top + pull.rows.length - 1) return;
    pull.to = row;
    pull.range.setBounds(pull.from, row.getCell(pull.fields.at(-1)));
  });

  document.addEventListener("mouseup", () => {
    if (!pull) return;
    const { rows, fields, to } = pull;
    pull = null;
    if (!to) return;
    const targets = grid.selection().rows.slice(rows.length);
    const changes = targets.flatMap((row, down) => fields.filter(columnOf)
      .map((field) => ({ row, field, after: rows[down % rows.length][field] })));
    const count = grid.step(changes, `điền xuống ${changes.length} ô`);
    const locked = targets.filter(grid.lockOf).length;
    grid.tell(`Đã điền xuống ${count} ô${locked ? `; bỏ qua ${locked} dòng đã khóa` : ""}.`, { done: !locked });
    grid.focus();
  });
});

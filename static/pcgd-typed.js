// What has just been typed, noted at once. The browser's database writes in its own time, and a
// page that goes away meanwhile takes the write along. pcgd-queue.js crosses a note out once the
// change is in the database, and begins with what an earlier page could not finish.
"use strict";

(() => {
  const owner = document.querySelector("meta[name=pcgd-user]");
  window.pcgd ??= {};
  if (!owner) return;

  const START = `pcgd-typed-${owner.content}-`;
  const padded = (number, digits) => String(number).padStart(digits, "0");
  let count = 0;

  /** Answers with the note's name; undefined where the browser keeps none. */
  const add = (note) => {
    count += 1;
    const random = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
    const name = `${START}${padded(Date.now(), 14)}-${padded(count, 6)}-${random}`;
    try {
      localStorage.setItem(name, JSON.stringify(note));
      return name;
    } catch {
      return undefined; // full, or switched off: the database alone has to do
    }
  };
  const remove = (name) => { try { if (name) localStorage.removeItem(name); } catch { /* as above */ } };
  const read = (name) => {
    try {
      const note = JSON.parse(localStorage.getItem(name));
      if (note?.change?.line && note.change.field && note.page) return note;
    } catch { /* not a note of ours */ }
    remove(name);
    return null;
  };
  /** Notes that nobody crossed out, the oldest first: ``[name, note]``. */
  const left = () => {
    let names = [];
    try { names = Object.keys(localStorage); } catch { /* switched off */ }
    return names.filter((name) => name.startsWith(START)).sort()
      .map((name) => [name, read(name)]).filter(([, note]) => note);
  };

  window.pcgd.typed = { add, remove, left };
})();

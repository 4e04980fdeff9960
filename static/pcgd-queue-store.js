// What was typed and is not yet known to be saved, in this browser, for one person in one role.
// Only what is written here survives a reload; pcgd-queue.js sends it.
"use strict";

(() => {
  const owner = document.querySelector("meta[name=pcgd-user]");
  window.pcgd ??= {};
  if (!owner || !window.idb) return;

  const MOST_CHANGES = 500;
  const KEPT_COPY_HOURS = 12;
  // unsent: goes with the next batch. sending: in a batch. held: a new person without name or
  // birth date, sent again with the next cell of the line. The others wait for the person.
  const WRONG = new Set(["invalid", "conflict", "refused"]);
  const isNew = (line) => /^n[a-z0-9]{1,12}$/.test(line);
  const idOf = (form, line, field) => `${form}|${line}|${field}`;

  let opened;
  const open = () => {
    opened ??= idb.openDB(`pcgd-${owner.content}`, 1, {
      upgrade(db) {
        const cells = db.createObjectStore("cells", { keyPath: "id" });
        cells.createIndex("form", "formKey");
        db.createObjectStore("batches", { keyPath: "formKey" });
        db.createObjectStore("forms", { keyPath: "formKey" });
        const saved = db.createObjectStore("saved", { keyPath: "id" });
        saved.createIndex("form", "formKey");
      },
      blocking(_old, _new, event) { event.target.close(); opened = undefined; },
      terminated() { opened = undefined; },
    }).catch((error) => { opened = undefined; throw error; });
    return opened;
  };
  // Strict: on the disk, not only on its way there, when the promise is fulfilled.
  const writing = async () => {
    const tx = (await open()).transaction(
      ["cells", "batches", "forms", "saved"], "readwrite", { durability: "strict" },
    );
    const [cells, batches, forms, saved] = ["cells", "batches", "forms", "saved"]
      .map((name) => tx.objectStore(name));
    return { tx, cells, batches, forms, saved };
  };
  const cellsOf = (cells, formKey) => cells.index("form").getAll(formKey);
  const bySequence = (one, other) => one.seq - other.seq;

  // ---- Typing ----

  /** Keep a change. Answers with its cell as events tell of it, or null where nothing is left
   * to send: the person typed back what is stored. */
  const put = async (change, page) => {
    const formKey = String(change.form);
    const { tx, cells, forms } = await writing();
    const form = await forms.get(formKey) ?? { formKey, lines: {}, seq: 0 };
    form.seq += 1;
    Object.assign(form, { form: change.form, label: page.label || form.label, href: page.href });
    const line = form.lines[change.line] ?? change.line;
    const id = idOf(formKey, line, change.field);
    const old = await cells.get(id);
    const value = String(change.value ?? "");
    const fresh = {
      id, formKey, line, form: change.form, url: change.url, field: change.field,
      base: String(change.base ?? ""), value, force: Boolean(change.force), state: "unsent",
      message: "", what: page.what, seq: form.seq,
    };
    let cell = fresh;
    if (old?.state === "sending") {
      cell = { ...old, next: { value, force: fresh.force, seq: form.seq } };
    } else if (old && old.state !== "conflict") {
      cell = { ...fresh, base: old.base };
    }
    const nothingLeft = cell.state === "unsent" && cell.value === cell.base && !cell.force;
    await (nothingLeft ? cells.delete(id) : cells.put(cell));
    await forms.put(form);
    await tx.done;
    return nothingLeft ? { ...cell, state: "saved" } : cell;
  };

  const drop = async (form, line, field) => {
    const formKey = String(form);
    const { tx, cells, forms } = await writing();
    const known = (await forms.get(formKey))?.lines ?? {};
    const cell = await cells.get(idOf(formKey, known[line] ?? line, field));
    // What is on its way cannot be called back; only what was typed after it is forgotten. A
    // new person taken off the page meanwhile is taken off the phiếu once they are on it.
    if (cell?.state === "sending") await cells.put({ ...cell, next: undefined, isDropped: isNew(cell.line) });
    else if (cell) await cells.delete(cell.id);
    await tx.done;
  };

  /** What was refused for a whole phiếu: sent once more, or forgotten. */
  const retry = async (formKey) => {
    const { tx, cells } = await writing();
    for (const cell of await cellsOf(cells, formKey)) {
      if (cell.state === "refused") await cells.put({ ...cell, state: "unsent", message: "" });
    }
    await tx.done;
  };
  const dropRefused = async (formKey) => {
    const { tx, cells } = await writing();
    const gone = (await cellsOf(cells, formKey)).filter((cell) => cell.state === "refused");
    for (const cell of gone) await cells.delete(cell.id);
    await tx.done;
    return gone;
  };

  // ---- Sending ----

  const chosen = (all, one) => {
    const unsent = all.filter((cell) => cell.state === "unsent");
    const first = unsent[0];
    if (!first) return [];
    const together = (cell) => (isNew(first.line) ? cell.line === first.line : cell === first);
    const wanted = one ? unsent.filter(together) : unsent;
    // A person who is not yet there is sent whole each time, until the server knows them.
    const lines = new Set(wanted.map((cell) => cell.line).filter(isNew));
    const batch = all.filter((cell) => wanted.includes(cell)
      || (cell.state === "held" && lines.has(cell.line)));
    if (batch.length <= MOST_CHANGES) return batch;
    const cut = batch[MOST_CHANGES].line;
    const head = batch.slice(0, MOST_CHANGES);
    const whole = isNew(cut) ? head.filter((cell) => cell.line !== cut) : head;
    return whole.length ? whole : head;
  };

  /** The next batch of a phiếu: the one whose answer never came, under its own key, or a new
   * one, written down before it is sent. Null where nothing waits. */
  const takeBatch = async (formKey, newKey) => {
    const { tx, cells, batches, forms } = await writing();
    let batch = await batches.get(formKey);
    if (!batch) {
      const form = await forms.get(formKey);
      const all = (await cellsOf(cells, formKey)).sort(bySequence);
      const now = chosen(all, form?.careful);
      if (now.length) {
        batch = {
          formKey, form: now[0].form, url: now[0].url, key: newKey,
          changes: now.map(({ line, field, base, value, force }) => (
            force ? { line, field, base, value, force } : { line, field, base, value })),
        };
        await batches.put(batch);
        for (const cell of now) await cells.put({ ...cell, state: "sending" });
      }
    }
    await tx.done;
    return batch ?? null;
  };

  const withNext = (cell, base) => ({
    ...cell, ...cell.next, base, next: undefined, state: "unsent", message: "",
  });

  const settled = (cell, told) => {
    if (told.result === "saved") {
      if (!cell.next) return null;
      const later = withNext(cell, told.value ?? cell.value);
      return later.value === later.base && !later.force ? null : later;
    }
    // A new line's stored value is what the server filled in when it made the person.
    const base = isNew(cell.line) ? cell.base : (cell.madeHere ? told.value ?? cell.base : cell.base);
    if (cell.next && (told.result !== "conflict" || cell.next.force)) return withNext(cell, base);
    const kept = { ...cell, ...cell.next, next: undefined, base, message: told.message ?? "" };
    if (told.result === "waiting") return { ...kept, state: "held" };
    if (told.result === "conflict") {
      return { ...kept, state: "conflict", theirs: told.value, by: told.by, at: told.at };
    }
    return { ...kept, state: "invalid" };
  };

  /** Write down what the server said of a batch: all of it or, if the browser closes now,
   * nothing; then the batch is sent again and answered again. */
  const settle = async (batch, answer) => {
    const { tx, cells, batches, forms, saved } = await writing();
    // Without Web Locks another tab may have sent the same batch and written this down already.
    if ((await batches.get(batch.formKey))?.key !== batch.key) return [];
    const form = await forms.get(batch.formKey) ?? { formKey: batch.formKey, lines: {}, seq: 0 };
    const renamed = answer.lines ?? {};
    Object.assign(form.lines, renamed);
    Object.assign(form, { version: answer.version, savedAt: Date.now(), careful: false });
    const told = new Map();
    for (const each of answer.cells ?? []) {
      told.set(`${form.lines[each.line] ?? each.line}|${each.field}`, each);
    }
    const news = [];
    const sent = new Set(batch.changes.map((each) => (
      `${form.lines[each.line] ?? each.line}|${each.field}`)));
    for (const old of await cellsOf(cells, batch.formKey)) {
      const line = form.lines[old.line] ?? old.line;
      const cell = { ...old, line, id: idOf(batch.formKey, line, old.field) };
      if (line !== old.line) cell.madeHere = true;
      const name = `${line}|${old.field}`;
      const word = told.get(name)
        ?? { result: "invalid", message: "Máy chủ không trả lời về ô này; hãy nhập lại." };
      const isSent = old.state === "sending" && sent.has(name);
      const kept = isSent ? settled(cell, word) : cell;
      if (kept?.id !== old.id) await cells.delete(old.id);
      if (kept) await cells.put(kept);
      if (isSent) {
        news.push({ cell: kept, word, line, field: old.field, value: old.value, wasDropped: old.isDropped });
      }
      if (isSent && word.result === "saved") {
        await saved.put({
          id: cell.id, formKey: batch.formKey, form: batch.form, line, field: old.field,
          value: word.value ?? old.value, at: Date.now(),
        });
      }
    }
    const dropped = (line) => ["full_name", "birth"].every((field) => news.some((each) => (
      each.line === line && each.field === field && each.wasDropped)));
    for (const line of Object.values(renamed).filter(dropped)) {
      form.seq += 1;
      await cells.put({
        id: idOf(batch.formKey, line, "remove"), formKey: batch.formKey, line, form: batch.form,
        url: batch.url, field: "remove", base: "", value: "Bỏ dòng vừa thêm nhầm", force: false,
        state: "unsent", message: "", what: "Bỏ dòng", seq: form.seq,
      });
    }
    await batches.delete(batch.formKey);
    await forms.put(form);
    await tx.done;
    return news;
  };

  /** The server will not take this batch, now or ever: its cells stay, marked, with the reason.
   * A senseless one (400) is first tried cell by cell, so that one does not hold back the rest. */
  const refuse = async (batch, message, senseless) => {
    const { tx, cells, batches, forms } = await writing();
    if ((await batches.get(batch.formKey))?.key !== batch.key) return [];
    const form = await forms.get(batch.formKey);
    const lines = new Set(batch.changes.map((each) => each.line));
    const apart = senseless && batch.changes.length > 1
      && !(lines.size === 1 && isNew(batch.changes[0].line));
    if (apart) await forms.put({ ...form, careful: true });
    const refused = [];
    for (const cell of await cellsOf(cells, batch.formKey)) {
      if (cell.state !== "sending") continue;
      const kept = { ...cell, ...cell.next, next: undefined, state: apart ? "unsent" : "refused",
        message: apart ? "" : message };
      await cells.put(kept);
      if (!apart) refused.push(kept);
    }
    await batches.delete(batch.formKey);
    await tx.done;
    return refused;
  };

  // ---- Looking ----

  /** Phiếu with something to send, first those whose last batch was not answered. */
  const sendable = async () => {
    const db = await open();
    const kept = (await db.getAll("batches")).map((batch) => batch.formKey);
    const unsent = (await db.getAll("cells")).filter((cell) => cell.state === "unsent");
    return [...new Set([...kept, ...unsent.map((cell) => cell.formKey)])];
  };

  /** What is on this device, per phiếu: what goes by itself, and what waits for the person. */
  const overview = async () => {
    const db = await open();
    const [cells, forms] = await Promise.all([db.getAll("cells"), db.getAll("forms")]);
    const known = new Map(forms.map((form) => [form.formKey, form]));
    const found = new Map();
    for (const cell of cells.sort(bySequence)) {
      const { label, href } = known.get(cell.formKey) ?? {};
      const row = found.get(cell.formKey)
        ?? { formKey: cell.formKey, label, href, waiting: 0, held: 0, wrong: 0, refused: [], cells: [] };
      found.set(cell.formKey, row);
      row.cells.push(cell);
      if (cell.state === "held") row.held += 1;
      else if (cell.state === "refused") row.refused.push(cell);
      else if (WRONG.has(cell.state)) row.wrong += 1;
      else row.waiting += 1;
    }
    return [...found.values()];
  };

  const pending = async (form, copyFrom) => {
    const db = await open();
    const formKey = String(form);
    const cells = (await db.getAllFromIndex("cells", "form", formKey)).sort(bySequence);
    // On a kept copy of the page: also what was saved after the copy was made.
    const saved = copyFrom ? await db.getAllFromIndex("saved", "form", formKey) : [];
    const named = Object.fromEntries(Object.entries((await db.get("forms", formKey))?.lines ?? {})
      .map(([token, line]) => [line, token]));
    const onPage = (line) => (named[line] && !document.getElementsByName(`${line}-full_name`).length
      ? named[line] : line);
    const known = new Set(cells.map((cell) => cell.id));
    return [
      ...saved.filter((cell) => cell.at > copyFrom && !known.has(cell.id))
        .map((cell) => ({ ...cell, line: onPage(cell.line), base: cell.value, state: "saved", message: "" })),
      ...cells.map((cell) => ({
        ...cell, line: onPage(cell.line), value: cell.next?.value ?? cell.value,
      })),
    ];
  };

  /** The version of a phiếu as this browser last saved it; undefined where it never did. */
  const versionOf = async (form) => (await (await open()).get("forms", String(form)))?.version;

  const forgetOldSaved = async () => {
    const { tx, saved } = await writing();
    const before = Date.now() - KEPT_COPY_HOURS * 3600_000;
    for (const cell of await saved.getAll()) if (cell.at < before) await saved.delete(cell.id);
    await tx.done;
  };

  window.pcgd.queueStore = {
    user: owner.content, put, drop, retry, dropRefused, takeBatch, settle, refuse, sendable,
    overview, pending, versionOf, forgetOldSaved, isWrong: (state) => WRONG.has(state),
  };
})();

// Sends what was typed: per phiếu in order, one request at a time, once each. `pcgd.queue` is
// what pages use; pcgd-queue-store.js holds what waits.
"use strict";

(() => {
  const store = window.pcgd?.queueStore;
  const typed = window.pcgd?.typed;
  if (!store || !typed) return;

  const GATHER_MS = 60;
  const PATIENCE_MS = 30_000;
  const LOOK_AGAIN_MS = 30_000;
  const LONGEST_PAUSE_MS = 30_000;
  const SIGN_IN_AGAIN = "/dang-nhap/lai/";
  const LOCK = `pcgd-queue-${store.user}`;

  // line: whether the server was reached last time; trouble: why nothing goes although it was.
  const now = { line: navigator.onLine, trouble: "", sending: false, savedAt: "", tries: 0 };
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(LOCK) : null;

  const cookie = (name) => document.cookie.split("; ")
    .find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // ---- Telling the pages ----

  const here = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const everywhere = (name, detail) => {
    here(name, detail);
    channel?.postMessage({ name, detail });
  };
  channel?.addEventListener("message", ({ data }) => {
    if (data.savedAt) now.savedAt = data.savedAt;
    if (data.name) here(data.name, data.detail);
    report();
  });

  const publicState = (state) => {
    if (state === "refused") return "invalid";
    if (state === "held") return "waiting";
    if (state === "unsent" || state === "sending") return now.line ? "waiting" : "offline";
    return state;
  };
  const tellCell = (tell, cell, more) => tell("pcgd:cell", {
    form: cell.form, line: cell.line, field: cell.field, state: publicState(cell.state),
    value: cell.next?.value ?? cell.value, message: cell.message ?? "", by: cell.by ?? "",
    at: cell.at ?? "", ...more,
  });

  // What an earlier page had noted and not written: before anything newer is.
  const recovered = (async () => {
    for (const [name, { change, page }] of typed.left()) {
      try {
        await store.put(change, page);
        typed.remove(name);
      } catch { /* tried again on the next page */ }
    }
  })();

  const counted = async () => {
    await recovered;
    const rows = await store.overview();
    const sum = (pick) => rows.reduce((total, row) => total + pick(row), 0);
    return {
      rows,
      waiting: sum((row) => row.waiting),
      held: sum((row) => row.held),
      wrong: sum((row) => row.wrong + row.refused.length),
    };
  };
  let reporting;
  const report = () => {
    clearTimeout(reporting);
    reporting = setTimeout(async () => {
      const { rows, ...counts } = await counted();
      const state = !now.line && counts.waiting ? "offline"
        : counts.waiting ? "saving" : counts.wrong ? "error" : "saved";
      here("pcgd:queue", {
        ...counts, state, online: now.line, trouble: now.trouble, savedAt: now.savedAt,
        rows: rows.map(({ formKey, label, href, waiting, held, wrong, refused }) => ({
          formKey, label, href, waiting, held, wrong, refused,
        })),
      });
    }, 40);
  };

  // ---- One request ----

  const post = async (batch) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const response = await fetch(batch.url, {
        method: "POST", credentials: "same-origin", redirect: "manual", signal: patience.signal,
        headers: {
          "Content-Type": "application/json", Accept: "application/json",
          "X-CSRFToken": cookie("csrftoken"), "X-Pcgd-User": store.user,
        },
        body: JSON.stringify({ key: batch.key, changes: batch.changes }),
      });
      const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
      return { status: response.status, body: isJson ? await response.json() : null };
    } finally {
      clearTimeout(timer);
    }
  };

  /** Who is signed in; asking also brings the cookie without which nothing is accepted. */
  const whoIsHere = async () => {
    const response = await fetch(SIGN_IN_AGAIN, {
      credentials: "same-origin", headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  };

  const outcome = async (batch) => {
    let answer = await post(batch);
    // A redirect to the sign-in page, or a refusal that is not the view's own: the session or
    // its cookie is gone.
    const isOdd = !answer.body && (answer.status === 0 || answer.status === 403);
    if (isOdd) {
      if ((await whoIsHere()).user !== store.user) return { kind: "signedout" };
      answer = await post(batch);
    }
    const { status, body } = answer;
    if (status === 200 && body) return { kind: "saved", body };
    if (status === 401) return { kind: "signedout" };
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      const error = body?.error ?? (status === 404
        ? "Không còn phiếu này trong phạm vi của bạn." : "Máy chủ không nhận các thay đổi này.");
      return { kind: "refused", error, locked: Boolean(body?.locked), senseless: status === 400 };
    }
    return { kind: "busy" };
  };

  // ---- The loop: one tab at a time, whatever is there ----

  const handle = async (batch, result) => {
    if (result.kind === "saved") {
      const news = await store.settle(batch, result.body);
      now.savedAt = result.body.saved_at ?? now.savedAt;
      channel?.postMessage({ savedAt: now.savedAt });
      everywhere("pcgd:form", { ...result.body, form: batch.form });
      for (const { cell, word, line, field, value } of news) {
        everywhere("pcgd:cell", {
          form: batch.form, line, field, message: word.message ?? "", by: word.by ?? "",
          at: word.at ?? "", state: cell?.state === "unsent" ? "waiting" : word.result,
          value: word.value ?? value, mine: cell?.value ?? value,
        });
      }
    } else if (result.kind === "refused") {
      for (const cell of await store.refuse(batch, result.error, result.senseless)) {
        tellCell(everywhere, cell);
      }
      const { error, locked } = result;
      if (!result.senseless) everywhere("pcgd:refused", { form: batch.form, error, locked });
    }
  };

  /** Sends until nothing is left or nothing goes; true where all phiếu were answered. */
  const sendAll = async () => {
    let held = false;
    for (;;) {
      const waiting = await store.sendable();
      if (!waiting.length || held) return !held;
      for (const formKey of waiting) {
        const batch = await store.takeBatch(formKey, newKey());
        if (!batch) continue;
        const cells = batch.changes;
        cells.forEach((cell) => tellCell(everywhere, { ...cell, form: batch.form }, { state: "sending" }));
        report();
        let result;
        try {
          result = await outcome(batch);
        } catch {
          now.line = false;
          cells.forEach((cell) => tellCell(everywhere, { ...cell, form: batch.form }, { state: "offline" }));
          return false;
        }
        now.line = true;
        if (result.kind === "signedout") {
          if (now.trouble !== "signedout") {
            now.trouble = "signedout";
            everywhere("pcgd:signedout", { form: batch.form });
          }
          return false;
        }
        now.trouble = result.kind === "busy" ? "busy" : "";
        held ||= result.kind === "busy";
        await handle(batch, result);
      }
    }
  };

  const inTurn = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work());
  let running = null;
  let again = false;
  let timer;
  const flush = () => {
    if (running) { again = true; return running; }
    clearTimeout(timer);
    running = (async () => {
      let done;
      try {
        await recovered;
        do {
          again = false;
          done = await inTurn(sendAll);
        } while (again && done);
      } catch (error) {
        done = false; // the browser's own store failed: looked at again later
        console.error(error);
      }
      running = null;
      now.tries = done ? 0 : now.tries + 1;
      if (!done && now.trouble !== "signedout") {
        const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** now.tries);
        timer = setTimeout(flush, pause * (0.75 + Math.random() / 2));
      }
      report();
    })();
    return running;
  };
  let gathering;
  const flushSoon = () => {
    clearTimeout(gathering);
    gathering = setTimeout(flush, GATHER_MS);
  };

  // ---- What pages use ----

  const describe = (change) => {
    const form = document.getElementById("phieu");
    const input = document.getElementsByName(`${change.line}-${change.field}`)[0];
    const person = document.getElementsByName(`${change.line}-full_name`)[0]?.value
      || input?.closest("[role=group]")?.getAttribute("aria-label") || "";
    const field = input?.labels?.[0]?.textContent.trim() ?? change.field;
    const isOpen = form && form.dataset.form === String(change.form);
    const title = document.querySelector("h1")?.textContent.trim().replace(/\s+/g, " ");
    return {
      what: person && change.field !== "full_name" ? `${person}: ${field}` : field,
      label: change.label ?? (isOpen ? title : ""),
      href: change.url.replace(/o\/$/, ""),
    };
  };
  let isAskedToStay = false;
  const put = async (change) => {
    const page = describe(change);
    const note = typed.add({ change, page });
    let cell;
    try {
      await recovered;
      cell = await store.put(change, page);
      typed.remove(note);
    } catch {
      typed.remove(note);
      here("pcgd:cell", {
        ...change, state: "invalid", by: "", at: "",
        message: "Trình duyệt không giữ được thay đổi này trên máy (hết chỗ?). Hãy chép lại và thử lại.",
      });
      return;
    }
    tellCell(here, cell);
    channel?.postMessage({});
    report();
    flushSoon();
    if (!isAskedToStay) {
      // Else a full disk may take the drafts first.
      isAskedToStay = true;
      navigator.storage?.persist?.().catch(() => {});
    }
  };
  const copyFrom = Date.parse(document.querySelector("meta[name=pcgd-copy]")?.content ?? "") || 0;
  const pending = async (form) => {
    await recovered;
    return (await store.pending(form, copyFrom)).map((cell) => ({
      line: cell.line, field: cell.field, base: cell.base, value: cell.value,
      state: publicState(cell.state), message: cell.message ?? "", theirs: cell.theirs ?? "",
      by: cell.by ?? "", at: cell.at ?? "",
    }));
  };
  const drop = async (form, line, field) => {
    await store.drop(form, line, field);
    channel?.postMessage({});
    report();
  };

  window.pcgd.queue = {
    put, pending, drop, flush, overview: counted, whoIsHere, versionOf: store.versionOf,
    /** Say once more how things stand, to who began to listen after the page had opened. */
    tell: report,
    /** Changes of all phiếu that are not with the server yet. */
    waiting: async () => {
      const { waiting, held, wrong } = await counted();
      return waiting + held + wrong;
    },
    retry: async (formKey) => { await store.retry(formKey); await flush(); },
    dropRefused: async (formKey) => {
      for (const cell of await store.dropRefused(formKey)) tellCell(everywhere, cell, { state: "saved", value: cell.base });
      report();
    },
    /** Signed in again: what waited goes now. */
    resume: () => { now.trouble = ""; now.tries = 0; return flush(); },
  };

  window.addEventListener("online", () => { now.tries = 0; flush(); });
  window.addEventListener("offline", () => { now.line = false; report(); });
  window.addEventListener("focus", () => flush());
  window.addEventListener("pageshow", (event) => { if (event.persisted) flush(); });
  setInterval(async () => {
    if (!running && (await store.sendable()).length) flush();
  }, LOOK_AGAIN_MS);
  store.forgetOldSaved().catch(() => {});
  report();
  flush();
})();

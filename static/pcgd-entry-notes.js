// Notes on a phiếu: on top as a list and beside their fields; warnings that are true all the
// same; handing in, which waits for the line like everything else.
"use strict";

(() => {
  const entry = window.pcgd?.entry;
  if (!entry) return;
  const { form, formId, cellIn, controls, icon, button, put, say } = entry;
  const { queue } = window.pcgd;

  const panel = document.querySelector("[data-notes-panel]");
  const list = panel.querySelector("[data-notes-list]");
  const folded = panel.querySelector("[data-notes-accepted]");
  const jump = form.querySelector("[data-notes-jump]");
  let open = [];

  // ---- Showing them ----

  const target = ({ line, field }) => {
    const place = entry.lineById(line);
    const cell = field && cellIn(place, field);
    return cell ? controls(cell)[0] : place?.querySelector("input:not([type=hidden]), select");
  };
  /** To the field that a note is about, unfolded if it has to be. */
  const go = (note) => {
    const control = target(note);
    if (!control) return;
    const line = entry.lineOf(control);
    line.classList.add("is-open"); // the household's fields are folded on a phone
    const isShut = !control.checkVisibility?.({ visibilityProperty: true }) || control.closest(".cell--shut");
    if (isShut && line.matches(".person")) entry.toggle(line, true);
    control.focus();
  };
  const who = ({ line }) => {
    const place = entry.lineById(line);
    return place?.matches(".person") ? entry.name(place) || "Người mới" : "Hộ";
  };
  const link = (note) => {
    const made = document.createElement("a");
    made.href = `#${target(note)?.id ?? note.line}`;
    made.textContent = who(note);
    made.addEventListener("click", (event) => { event.preventDefault(); go(note); });
    return made;
  };
  const row = (note, ...parts) => {
    const made = document.createElement("li");
    const isError = note.level === "error";
    made.className = isError ? "tone-bad" : "tone-warn";
    const words = document.createElement("span");
    words.append(...parts);
    const sign = icon(isError ? "circle-x" : "alert-triangle");
    sign.removeAttribute("aria-hidden");
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", isError ? "Lỗi" : "Cảnh báo");
    made.append(sign, words);
    return made;
  };
  const beside = (note) => {
    const made = row(note, note.message);
    Object.assign(made.dataset, { note: "", field: note.field });
    if (note.level === "warning") {
      const yes = button("Đúng như vậy", () => {});
      yes.dataset.accept = note.code;
      made.append(yes);
    }
    return made;
  };
  const acceptedRow = (note) => {
    const made = document.createElement("li");
    const words = document.createElement("span");
    words.append(link(note), `: ${note.message} – “${note.reason}”`);
    const no = button("Bỏ xác nhận", () => {});
    Object.assign(no.dataset, { unaccept: note.code, for: note.line });
    made.append(icon("check"), words, no);
    return made;
  };
  const showCount = () => {
    const wrong = open.some((note) => note.level === "error");
    jump.hidden = !open.length;
    jump.replaceChildren(icon(wrong ? "circle-x" : "alert-triangle"), ` ${open.length} chỗ cần xem`);
  };
  const render = (notes) => {
    open = notes.filter((note) => !note.accepted);
    open.sort((one, other) => Number(other.level === "error") - Number(one.level === "error"));
    const accepted = notes.filter((note) => note.accepted);
    panel.hidden = !notes.length;
    if (!open.length) document.querySelector("[data-stop]")?.remove();
    const title = panel.querySelector("[data-notes-title]");
    const strong = document.createElement("strong");
    strong.textContent = `${open.length} chỗ cần xem lại`;
    title.replaceChildren(...(open.length
      ? [strong, " trước khi nộp: sửa, hoặc xác nhận là đúng như vậy."]
      : ["Không còn chỗ nào cần xem lại."]));
    list.replaceChildren(...open.map((note) => row(note, link(note), `: ${note.message}`)));
    folded.hidden = !accepted.length;
    folded.querySelector("[data-notes-count]").textContent = accepted.length;
    folded.querySelector("ul").replaceChildren(...accepted.map(acceptedRow));
    const focused = document.activeElement?.closest?.("[data-note]");
    form.querySelectorAll("[data-note]").forEach((made) => { if (made !== focused) made.remove(); });
    for (const note of open) {
      const place = entry.lineById(note.line)?.querySelector("[data-notes]");
      const isHere = focused && place?.contains(focused)
        && focused.querySelector("[data-accept]")?.dataset.accept === note.code;
      if (place && !isHere) place.append(beside(note));
    }
    showCount();
  };
  document.addEventListener("pcgd:form", ({ detail }) => {
    if (String(detail.form) !== formId) return;
    // Of a phiếu with nobody yet the page says what to do first, not what is wrong.
    render(entry.lines().every(entry.isNew) ? [] : detail.notes ?? []);
    const state = document.querySelector("[data-form-state] .state");
    if (state && detail.state_label) {
      if (detail.state === "draft" && state.matches(".tone-none")) {
        state.className = "state tone-active";
        state.querySelector("svg").replaceWith(icon("edit"));
      }
      state.lastChild.textContent = detail.state_label;
    }
  });
  // The server's own list, until the first save.
  open = [...list.children].map((made) => ({ level: made.className === "tone-bad" ? "error" : "warning" }));
  list.addEventListener("click", (event) => {
    const made = event.target.closest("a[href^='#']");
    const control = made && !event.defaultPrevented && document.getElementById(made.hash.slice(1));
    if (!control) return;
    event.preventDefault();
    const line = entry.lineOf(control);
    go({ line: line.dataset.line, field: entry.cellOf(control)?.dataset.field ?? "" });
  });
  jump.addEventListener("click", (event) => {
    event.preventDefault();
    panel.scrollIntoView({ block: "start" });
    list.querySelector("a")?.focus();
  });
  showCount();

  // ---- “Đúng như vậy” ----

  const accept = (line, code, reason) => put({ line, field: `accept:${code}`, base: "", value: reason, force: true });
  const ask = (made, code) => {
    const line = entry.lineOf(made).dataset.line;
    const reason = document.createElement("input");
    Object.assign(reason, { className: "form-control", maxLength: 200, placeholder: "Vì sao? Ví dụ: đi học sớm một năm" });
    reason.setAttribute("aria-label", "Vì sao đúng như vậy?");
    const yes = button("Xác nhận", () => {
      if (!reason.value.trim()) { reason.focus(); return; }
      accept(line, code, reason.value.trim());
      const back = target({ line, field: made.dataset.field });
      made.remove();
      back?.focus();
    });
    reason.addEventListener("keydown", (event) => {
      if (event.key === "Enter") yes.click();
      if (event.key === "Escape") { made.querySelectorAll("input, .is-asking").forEach((part) => part.remove()); made.querySelector("[data-accept]").hidden = false; target({ line, field: made.dataset.field })?.focus(); }
      if (event.key === "Enter" || event.key === "Escape") { event.preventDefault(); event.stopPropagation(); }
    });
    yes.classList.add("is-asking");
    made.querySelector("[data-accept]").hidden = true;
    made.append(reason, yes);
    reason.focus();
  };
  form.addEventListener("click", (event) => {
    const yes = event.target.closest("[data-accept]");
    if (yes) ask(yes.closest("li"), yes.dataset.accept);
  });
  panel.addEventListener("click", (event) => {
    const no = event.target.closest("[data-unaccept]");
    if (no) accept(no.dataset.for, no.dataset.unaccept, "");
  });
  entry.special.accept = (detail) => {
    if (detail.state !== "invalid" && detail.state !== "conflict") return;
    queue.drop(formId, detail.line, detail.field);
    say(detail.message || "Chưa xác nhận được; hãy thử lại.");
  };

  // ---- Handing in ----

  const submitButton = form.querySelector("[data-submit]");
  const submitWords = submitButton.querySelector(".with-script");
  let isGoing = false;
  const busy = (words) => {
    isGoing = Boolean(words);
    submitButton.setAttribute("aria-disabled", String(isGoing));
    submitWords.textContent = words || "Nộp phiếu";
  };
  const stop = (sentence, focusOn) => {
    busy("");
    let box = document.querySelector("[data-stop]");
    if (!box) {
      box = document.createElement("div");
      box.className = "note tone-bad";
      box.dataset.stop = "";
      box.setAttribute("role", "alert");
      panel.before(box);
    }
    const words = document.createElement("span");
    words.textContent = sentence;
    box.replaceChildren(icon("circle-x"), words);
    say(sentence.split(". ")[0]); // the box may be out of sight
    if (focusOn) go(focusOn);
    else { box.tabIndex = -1; box.focus(); }
  };

  /** Lines that nobody wrote in are no people. */
  const dropBlank = () => entry.lines().filter((line) => entry.isNew(line)
    && entry.cellsIn(line).every((cell) => ["residence_state", "relation"].includes(cell.dataset.field) || !entry.valueOf(cell)))
    .forEach((line) => line.remove());

  const submit = async () => {
    if (isGoing) return;
    busy("Đang nộp…");
    document.querySelector("[data-stop]")?.remove();
    const cell = entry.cellOf(document.activeElement ?? form);
    if (cell) entry.commit(cell);
    dropBlank();
    await entry.settled();
    await queue.flush();
    const left = await queue.pending(formId);
    const wrong = left.find((item) => ["invalid", "conflict"].includes(item.state) && item.field !== "submit");
    if (wrong) {
      stop("Chưa nộp được: còn ô chưa đúng, xem dòng chữ dưới ô.", wrong);
      return;
    }
    const half = left.find((item) => item.line.startsWith("n") && item.state === "waiting") && entry.lines().find(entry.isNew);
    if (half) {
      stop("Chưa nộp được: người mới cần có họ tên và ngày sinh (hoặc năm sinh).", {
        line: half.dataset.line, field: entry.valueOf(cellIn(half, "full_name")) ? "birth" : "full_name",
      });
      return;
    }
    await put({ line: "h", field: "submit", base: "", value: "1", force: true });
  };
  entry.special.submit = (detail) => {
    if (detail.state === "saved") {
      // A phiếu that came back leads to the next that did; any other to the next household.
      const { afterUrl, afterWords, nextUrl } = form.dataset;
      const head = document.querySelector("h1").textContent.trim().replace(/\s+/g, " ");
      sessionStorage.setItem("pcgd-done", `Đã nộp phiếu. ${head}${afterWords ? `. ${afterWords}` : ""}`);
      window.location.assign(afterUrl || nextUrl || window.location.pathname);
    } else if (detail.state === "invalid" || detail.state === "conflict") {
      queue.drop(formId, "h", "submit");
      stop(detail.message || "Chưa nộp được phiếu; hãy thử lại.", open[0]);
    } else if (detail.state === "offline") {
      busy("Chờ mạng để nộp");
      say("Mất mạng: phiếu sẽ tự nộp khi có mạng lại. Có thể sang hộ sau.");
    } else {
      busy("Đang nộp…");
    }
  };
  document.addEventListener("pcgd:refused", ({ detail }) => {
    if (String(detail.form) === formId) busy("");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter === submitButton || event.submitter === null) submit();
  });
  // One click for a household in which nothing changed: what was typed all the same goes first.
  document.querySelector("[data-confirm-household]")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = event.target;
    if (sent.dataset.going) return;
    sent.dataset.going = "1";
    const cell = entry.cellOf(document.activeElement ?? form);
    if (cell) entry.commit(cell);
    await entry.settled();
    await queue.flush();
    sent.submit();
  });

  Object.assign(entry, { submit, go, stop });
})();

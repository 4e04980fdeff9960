// While somebody types a person: who else could this be? “Là người này” brings that person with
// their history (or asks the other ward), “Người khác” is remembered. Quiet without a line.
"use strict";

(() => {
  const form = document.getElementById("phieu");
  if (!form?.dataset.form || !("editable" in form.dataset)) return;

  const ASKS = ["full_name", "birth", "personal_id"];
  const WAIT_MS = 350;
  const address = (name) => `/phieu/${form.dataset.form}/${name}/`;
  const lineOf = (element) => element.closest(".person[data-line]");
  const control = (line, field) => line.querySelector(`[name$="-${field}"]`);
  const text = (line, field) => control(line, field)?.value.trim() ?? "";
  const cookie = (name) => document.cookie.split("; ")
    .find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

  const asked = new WeakMap(); // line → {key, timer, request}
  const apart = new WeakMap(); // line → ids of people told apart from it in this page

  const typedIn = (line) => ({
    name: text(line, "full_name"), birth: text(line, "birth"), id: text(line, "personal_id"),
  });
  const isEnough = ({ name, birth, id }) => (name.includes(" ") && /\d{4}$/.test(birth))
    || /^[\d .]*$/.test(id) && id.replace(/\D/g, "").length === 12;

  const make = (tag, className, words) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (words) element.textContent = words;
    return element;
  };
  const button = (words, label, act) => {
    const made = make("button", "btn btn-sm", words);
    made.type = "button";
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };
  const panelOf = (line) => {
    const panel = line.querySelector("[data-alike]");
    panel?.setAttribute("role", "status");
    return panel;
  };

  // ---- Asking ----

  const look = (line) => {
    const panel = panelOf(line);
    if (!panel) return;
    const typed = typedIn(line);
    const key = JSON.stringify(typed);
    const before = asked.get(line);
    if (before?.key === key) return;
    clearTimeout(before?.timer);
    before?.request?.abort();
    const now = { key, request: new AbortController() };
    asked.set(line, now);
    if (!isEnough(typed)) {
      panel.replaceChildren();
      return;
    }
    now.timer = setTimeout(() => { ask(line, typed, now); }, WAIT_MS);
  };

  const ask = async (line, typed, now) => {
    const query = new URLSearchParams({ line: line.dataset.line, ...typed });
    try {
      const response = await fetch(`${address("giong")}?${query}`, {
        credentials: "same-origin", headers: { Accept: "application/json" },
        signal: now.request.signal,
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const { people } = await response.json();
      if (asked.get(line) === now) show(line, people);
    } catch {
      // No line, signed out, or typed on meanwhile: the next change asks again.
      if (asked.get(line) === now) asked.delete(line);
    }
  };

  // ---- Showing ----

  const show = (line, people) => {
    const panel = panelOf(line);
    const told = apart.get(line) ?? new Set();
    // Asked before, answered after the line was stored: it is not somebody else.
    const left = people.filter((person) => !told.has(person.resident)
      && line.dataset.line !== `m${person.resident}`);
    if (!left.length) {
      panel.replaceChildren();
      return;
    }
    const box = make("div", "alike");
    box.append(make("p", "alike__head", left.length === 1
      ? "Có thể người này đã có trong hệ thống:"
      : `Có thể người này đã có trong hệ thống (${left.length} người giống):`));
    const list = make("ul", "alike__list");
    left.forEach((person) => list.append(row(line, person)));
    box.append(list);
    panel.replaceChildren(box);
  };

  const row = (line, person) => {
    const item = make("li", "alike__row");
    const words = make("span", "alike__who");
    words.append(make("strong", "", person.name), ` sinh ${person.birth}, ${person.why}`,
      make("span", "alike__where", person.same_form ? "đang ở phiếu này" : person.where));
    const buttons = make("span", "alike__buttons");
    buttons.append(
      button("Là người này", `Là người này: ${person.name}, ${person.where}`, () => confirm(line, item, person)),
      button("Người khác", `Người khác, không phải ${person.name}, ${person.where}`, () => tellApart(line, item, person)),
    );
    item.append(words, buttons);
    return item;
  };

  /** What “là người này” does, before it is done: the line that was typed goes. */
  const confirm = (line, item, person) => {
    const buttons = item.querySelector(".alike__buttons");
    const before = [...buttons.children];
    const what = person.same_form
      ? "Gộp hai dòng thành một, giữ dữ liệu các năm?"
      : person.here
        ? "Chuyển người này cùng dữ liệu các năm về phiếu này? Dòng vừa nhập được gộp vào."
        : "Hỏi nơi đang ghi người này? Dòng vừa nhập bỏ đi; khi bên đó đồng ý, người này về đây cùng dữ liệu các năm.";
    const question = make("span", "alike__question", what);
    const yes = button("Đồng ý", "", () => claim(line, item, person, yes));
    const no = button("Thôi", "", () => {
      buttons.replaceChildren(...before);
      before[0].focus();
    });
    yes.classList.add("btn-primary");
    buttons.replaceChildren(question, yes, no);
    yes.focus();
  };

  const refuse = (item, sentence) => {
    item.querySelector(".alike__error")?.remove();
    item.append(make("span", "alike__error", sentence));
  };

  const post = async (name, line, person) => {
    const body = new URLSearchParams({
      line: line.dataset.line, resident: person.resident, ...typedIn(line),
    });
    const response = await fetch(address(name), {
      method: "POST", credentials: "same-origin", body,
      headers: { Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  };

  /** Nothing of the line may be sent after the person it belonged to is gone. */
  const forget = async (line) => {
    const queue = window.pcgd?.queue;
    if (!queue) return;
    const waiting = await queue.pending(form.dataset.form);
    await Promise.all(waiting.filter((cell) => cell.line === line.dataset.line)
      .map((cell) => queue.drop(form.dataset.form, cell.line, cell.field)));
  };

  const claim = async (line, item, person, yes) => {
    if (yes.disabled) return;
    yes.disabled = true;
    try {
      await window.pcgd?.queue?.flush();
      const answer = await post("la-nguoi-nay", line, person);
      await forget(line);
      // The page as it is now, with the server's sentence on top.
      if (answer.resident) window.location.hash = `m${answer.resident}`;
      window.location.reload();
    } catch (error) {
      yes.disabled = false;
      refuse(item, error instanceof TypeError
        ? "Chưa có mạng nên chưa hỏi được; hãy thử lại khi có mạng." : error.message);
    }
  };

  const tellApart = async (line, item, person) => {
    const told = apart.get(line) ?? new Set();
    apart.set(line, told.add(person.resident));
    const list = item.parentElement;
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    if (next) next.querySelector("button").focus();
    else {
      panelOf(line).replaceChildren();
      control(line, "full_name")?.focus();
    }
    if (list.isConnected && !list.children.length) panelOf(line).replaceChildren();
    if (line.dataset.line.startsWith("m")) await remember(line, person.resident);
  };
  const remember = async (line, resident) => {
    try {
      await post("nguoi-khac", line, { resident });
    } catch {
      // Told apart in this page all the same; asked again another day.
    }
  };

  // ---- When ----

  form.addEventListener("change", (event) => {
    const line = lineOf(event.target);
    if (line && ASKS.some((field) => event.target.name?.endsWith(`-${field}`))) look(line);
  });
  // A new person is stored: what was said of the line can be kept now.
  document.addEventListener("pcgd:form", ({ detail }) => {
    if (String(detail.form) !== form.dataset.form) return;
    Object.values(detail.lines ?? {}).forEach((stored) => {
      setTimeout(() => {
        const line = form.querySelector(`.person[data-line="${CSS.escape(stored)}"]`);
        if (!line) return;
        apart.get(line)?.forEach((resident) => { remember(line, resident); });
        if (asked.delete(line)) look(line);
      });
    });
  });

  // ---- Whom other wards have been asked for into this household ----

  const showAsked = async () => {
    try {
      const response = await fetch(address("giong"), {
        credentials: "same-origin", headers: { Accept: "application/json" },
      });
      if (!response.ok) return;
      const { asked: waiting = [] } = await response.json();
      waiting.forEach(({ name, ward, url }) => {
        const note = make("p", "note tone-active alike-asked", `Đã hỏi ${ward} về ${name}, chờ trả lời. `);
        const link = make("a", "", "Xem đề nghị");
        link.href = url;
        note.append(link);
        document.getElementById("nguoi")?.after(note);
      });
    } catch {
      // Without a line the phiếu is typed all the same.
    }
  };
  showAsked();
})();

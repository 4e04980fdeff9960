// Signing in from within the page when its session is gone, and keeping the page from whoever
// else uses this browser meanwhile.
"use strict";

(() => {
  const owner = document.querySelector("meta[name=pcgd-user]");
  const dialog = document.getElementById("dang-nhap-lai");
  window.pcgd ??= {};
  if (!owner || !dialog?.showModal) return;

  const HERE = "pcgd-user";
  const SIGN_IN_AGAIN = "/dang-nhap/lai/";
  const part = (selector) => dialog.querySelector(selector);
  const form = part("form");
  const password = part("input[type=password]");
  const problem = part("[role=alert]");
  let reason = "";

  // ---- Tokens: after signing in, the old ones of this page are worth nothing ----

  const token = () => document.cookie.split("; ")
    .find((each) => each.startsWith("csrftoken="))?.slice("csrftoken=".length) ?? "";
  const freshTokens = (root) => {
    if (!token()) return;
    root.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token(); });
  };
  document.addEventListener("submit", (event) => freshTokens(event.target), true);
  document.addEventListener("htmx:configRequest", (event) => {
    if (token()) event.detail.headers["X-CSRFToken"] = token();
  });

  // ---- The dialog ----

  const say = (sentence) => {
    problem.textContent = sentence;
    problem.hidden = !sentence;
  };
  const cover = (isHidden) => document.documentElement.classList.toggle("is-anothers", isHidden);

  /** why: "expired", "other" (somebody else, or nobody, in another window), "role". */
  const open = (why) => {
    reason = why;
    dialog.querySelectorAll("[data-text]").forEach((text) => { text.hidden = text.dataset.text !== why; });
    dialog.querySelectorAll("[data-needs-password]").forEach((field) => { field.hidden = why === "role"; });
    part("[data-submit-text]").textContent = why === "role" ? "Trở lại vai trò này" : "Đăng nhập, làm tiếp";
    part("[data-later]").hidden = why !== "expired";
    part("[data-to-home]").hidden = why === "expired";
    part("[data-copy]").hidden = true;
    part("[data-to-sign-in]").hidden = true;
    cover(why === "other");
    say("");
    if (!dialog.open) dialog.showModal();
    if (why !== "role") password.focus();
  };
  const close = () => {
    cover(false);
    password.value = "";
    if (dialog.open) dialog.close();
  };
  const signedIn = () => {
    try { localStorage.setItem(HERE, owner.content); } catch { /* storage switched off */ }
    window.pcgd.live?.("Đã đăng nhập lại; đang gửi những gì còn chờ.");
    close();
    document.dispatchEvent(new CustomEvent("pcgd:signedin"));
    window.pcgd.queue?.resume();
  };

  /** Somebody may have signed in in another window since: then nothing is asked. */
  const look = async () => {
    let here;
    try {
      here = await window.pcgd.queue.whoIsHere();
    } catch {
      return;
    }
    if (here.user === owner.content) signedIn();
    else if (here.user.split("-")[0] === owner.content.split("-")[0]) open("role");
    else if (here.user) open("other");
  };

  const send = async () => {
    const response = await fetch(SIGN_IN_AGAIN, {
      method: "POST", credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({
        user: owner.content, username: owner.dataset.username,
        password: reason === "role" ? "" : password.value,
      }),
    });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    return { ok: response.ok, ...(isJson ? await response.json() : {}) };
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (reason !== "role" && !password.value) {
      say("Hãy nhập mật khẩu.");
      password.focus();
      return;
    }
    const submit = part("[type=submit]");
    submit.disabled = true;
    say("");
    try {
      // First the cookie that every POST needs: it may be gone with the session's.
      if (!token()) await window.pcgd.queue.whoIsHere();
      const answer = await send();
      if (answer.ok) { signedIn(); return; }
      say(answer.error ?? "Máy chủ chưa trả lời được. Hãy thử lại.");
      if (answer.reason === "other_user" || answer.reason === "must_change_password") {
        part("[data-to-sign-in]").hidden = false;
      }
      if (answer.reason === "membership_ended") part("[data-copy]").hidden = false;
      if (answer.reason === "password") password.select();
      password.focus();
    } catch {
      say("Mất mạng, chưa đăng nhập được. Những gì đã nhập vẫn còn; hãy thử lại khi có mạng.");
    } finally {
      submit.disabled = false;
    }
  });
  part("[data-later]").addEventListener("click", close);
  part("[data-copy]").addEventListener("click", async () => {
    const { rows } = await window.pcgd.queue.overview();
    window.pcgd.saveState.copy(window.pcgd.saveState.asText(rows), form);
  });
  part("[data-to-sign-in]").href += `?next=${encodeURIComponent(location.pathname + location.search)}`;
  // Somebody else's page stays covered until its owner is back.
  dialog.addEventListener("cancel", (event) => { if (reason !== "expired") event.preventDefault(); else close(); });

  document.addEventListener("pcgd:signedout", () => {
    if (dialog.open) return;
    open("expired");
    look();
  });

  window.addEventListener("focus", () => { if (dialog.open) look(); });

  // ---- Another person, or another role, in another window of this browser ----

  const here = () => { try { return localStorage.getItem(HERE); } catch { return owner.content; } };
  const compare = () => {
    if (here() === owner.content) { if (dialog.open) look(); return; }
    const isSamePerson = here()?.split("-")[0] === owner.content.split("-")[0];
    open(isSamePerson ? "role" : "other");
    look();
  };
  window.addEventListener("storage", (event) => { if (event.key === HERE) compare(); });
  // Back to a page that the browser kept whole: its owner may have signed out since.
  const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  const isCopy = Boolean(document.querySelector("meta[name=pcgd-copy]"));
  window.addEventListener("pageshow", (event) => { if (event.persisted) compare(); });
  if (isBack && !isCopy && here() !== owner.content) compare();
  else try { localStorage.setItem(HERE, owner.content); } catch { /* storage switched off */ }

  window.pcgd.signIn = { open, forget: () => { try { localStorage.setItem(HERE, ""); } catch { /* as above */ } } };
})();

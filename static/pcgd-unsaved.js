// Forms marked data-warn-unsaved: what was typed is not left behind without a question, and is
// not sent where nobody would take it.
"use strict";

(() => {
  const FORMS = "form[data-warn-unsaved]";
  const dirty = new Set();
  let leaving = null; // the form that is sent: only the page's going says that it was

  // ---- Leaving with something typed asks first ----

  const stays = () => { leaving = null; };
  const formOf = (element) => element.closest?.(FORMS);
  document.addEventListener("input", (event) => {
    stays();
    const form = formOf(event.target);
    if (form) dirty.add(form);
  });
  document.addEventListener("pointerdown", stays);
  document.addEventListener("keydown", stays);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event.target);
    if (form && event.detail.successful) dirty.delete(form);
  });
  window.addEventListener("beforeunload", (event) => {
    const isWaiting = [...dirty]
      .some((form) => form !== leaving && form.isConnected && form.matches(FORMS));
    if (!isWaiting) return;
    stays(); // whoever stays has sent nothing
    event.preventDefault();
  });
  window.addEventListener("pagehide", () => dirty.delete(leaving));

  // A form that came back refused holds what is not stored.
  const findRefused = (root) => {
    const isRefused = root.querySelector(`[data-error-summary], ${FORMS}[data-unsaved]`);
    if (isRefused) root.querySelectorAll(FORMS).forEach((form) => dirty.add(form));
  };
  document.addEventListener("DOMContentLoaded", () => findRefused(document));
  document.addEventListener("htmx:afterSwap", (event) => findRefused(event.detail.target));

  // ---- Without a line, or with a session that has ended, the page stays as it is ----

  const owner = document.querySelector("meta[name=pcgd-user]")?.content;
  const say = (sentence) => window.pcgd.live(sentence);
  let isAsking = false;
  let waiting = null; // {form, submitter}: sent once its owner has signed in again
  let passing = null;

  const send = ({ form, submitter }) => {
    passing = form;
    form.requestSubmit(submitter);
  };
  const ask = async (sending) => {
    isAsking = true;
    try {
      const here = await window.pcgd.queue.whoIsHere();
      if (here.user === owner) { send(sending); return; }
      waiting = sending;
      document.dispatchEvent(new CustomEvent("pcgd:signedout"));
    } catch (error) {
      // Anything but a dead line is for the page of the answer to say.
      if (error instanceof TypeError) say("Mất mạng, chưa lưu được. Chữ đã nhập vẫn còn; hãy thử lại khi có mạng.");
      else send(sending);
    } finally {
      isAsking = false;
    }
  };
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented) return;
    const canAsk = form.matches(FORMS) && form.requestSubmit && window.pcgd.queue;
    if (!canAsk || passing === form) {
      passing = null;
      leaving = form;
      return;
    }
    event.preventDefault();
    if (!isAsking) ask({ form, submitter });
  });
  document.addEventListener("pcgd:signedin", () => {
    if (waiting) send(waiting);
    waiting = null;
  });
  document.getElementById("dang-nhap-lai")?.addEventListener("close", () => { waiting = null; });
})();

// Pages without a line: has the service worker keep them, says when one looks at a copy, and
// takes the copies away when their owner leaves.
"use strict";

(() => {
  window.pcgd ??= {};
  const owner = document.querySelector("meta[name=pcgd-user]");
  const worker = navigator.serviceWorker;
  const MOST_LINKS = 60;
  const HERE = "pcgd-user";

  // The portal's time, as in “Đã lưu 20:41”, whatever zone this PC was left in.
  const inVietnam = (time, parts) => new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", ...parts }).format(time);
  const clock = (time) => {
    const day = (each) => inVietnam(each, { day: "numeric", month: "numeric" });
    const hour = inVietnam(time, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return day(time) === day(new Date()) ? hour : `${hour} ngày ${day(time)}`;
  };

  window.pcgd.clock = clock;

  // ---- The service worker ----

  const tell = async (message) => {
    const registration = await worker?.ready;
    registration?.active?.postMessage(message);
  };
  if (worker) {
    worker.register("/sw.js", { scope: "/", updateViaCache: "none" })
      .catch(() => { /* e.g. a browser that forbids it: everything but offline pages works */ });
  }

  // ---- Keeping: this page, and the households that a list offers ----

  const keepThisAndLinks = () => {
    const links = navigator.connection?.saveData ? [] : [...document.querySelectorAll("a[data-offline]")];
    tell({
      type: "keep", user: owner.content, page: location.href,
      links: links.slice(0, MOST_LINKS).map((link) => ({ url: link.href, mark: link.dataset.offline })),
      files: [...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]")]
        .map((element) => element.src || element.href),
    });
  };
  const whenIdle = (work) => (window.requestIdleCallback
    ? requestIdleCallback(work, { timeout: 10_000 }) : setTimeout(work, 3000));

  // A copy older than what was saved since would show old values: made anew soon after a save.
  const REFRESH_AFTER_MS = 60_000;
  let isStale = false;
  let refreshing;
  const refreshCopy = () => {
    clearTimeout(refreshing);
    refreshing = undefined;
    if (!isStale) return;
    isStale = false;
    tell({ type: "refresh", user: owner.content, page: location.href });
  };
  const watchSaves = () => {
    document.addEventListener("pcgd:form", () => {
      isStale = true;
      refreshing ??= setTimeout(refreshCopy, REFRESH_AFTER_MS);
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden) refreshCopy(); });
    window.addEventListener("pagehide", refreshCopy);
  };

  // ---- A copy says that it is one ----

  const copyMark = document.querySelector("meta[name=pcgd-copy]");
  const showBanner = () => {
    const time = clock(new Date(copyMark.content));
    const note = document.getElementById("ban-luu").content.cloneNode(true).firstElementChild;
    const text = note.querySelector("[data-kept-text]");
    const why = { offline: "mất mạng", slow: "mạng chậm", busy: "máy chủ bận" }[copyMark.dataset.why];
    text.textContent = `Đang xem bản lưu lúc ${time}, ${why}; thay đổi sẽ được gửi khi có mạng.`;
    document.querySelector("#noi-dung").prepend(note);
    // Only an answer proves that the line is back: the browser counts any cable as a line.
    let isBack = false;
    document.addEventListener("pcgd:form", () => { isBack = true; });
    document.addEventListener("pcgd:queue", ({ detail }) => {
      if (!isBack || !detail.online || detail.waiting) return;
      text.textContent = `Đã có mạng, các thay đổi đã được gửi. Trang này là bản lưu lúc ${time}.`;
    });
  };
  worker?.addEventListener("message", ({ data }) => {
    // The answer came after the copy was shown, and it was not for its owner.
    if (data?.type === "gone" && owner && data.user === owner.content) location.reload();
    if (data?.type === "fresh" && copyMark && data.url === location.href) {
      const text = document.querySelector(".kept-note [data-kept-text]");
      if (text) text.textContent = `Trang này là bản lưu lúc ${clock(new Date(copyMark.content))}; đã có bản mới hơn.`;
    }
  });

  // ---- Back: the page as it is stored, not as it was left ----

  let shownVersion;
  document.addEventListener("pcgd:form", (event) => {
    const open = document.getElementById("phieu")?.dataset.form;
    if (open === String(event.detail.form)) shownVersion = event.detail.version;
  });
  const isOlder = async () => {
    const form = document.getElementById("phieu");
    const known = form?.dataset.form && await window.pcgd.queue?.versionOf(form.dataset.form);
    const shown = shownVersion ?? Number(form?.dataset.version ?? form?.elements.version?.value);
    return Boolean(known && shown && known > shown);
  };
  window.addEventListener("pageshow", async (event) => {
    if (event.persisted && owner && await isOlder()) location.reload();
  });

  // ---- Signing out ----

  const forgetCopies = async () => {
    window.pcgd.signIn?.forget();
    if (!("caches" in window)) return;
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("pcgd-pages-")).map((name) => caches.delete(name)));
    await tell({ type: "signout" });
  };
  let hasLine = navigator.onLine;
  document.addEventListener("pcgd:queue", ({ detail }) => { hasLine = detail.online; });
  const leave = async (form) => {
    await Promise.race([forgetCopies().catch(() => {}), new Promise((done) => { setTimeout(done, 1500); })]);
    form.dataset.sure = "1";
    form.requestSubmit();
  };
  const askBeforeLeaving = (form) => {
    const dialog = document.getElementById("con-cho");
    const part = (selector) => dialog.querySelector(selector);
    const problem = part("[data-error]");
    const count = async () => {
      const waiting = await window.pcgd.queue.waiting();
      part("[data-count]").textContent = waiting;
      return waiting;
    };
    const leaveWhenSent = async () => {
      if (await count() || !dialog.open) return;
      dialog.close();
      leave(form);
    };
    part("[data-text=offline]").hidden = navigator.onLine;
    problem.hidden = true;
    part("[data-stay]").onclick = () => dialog.close();
    part("[data-anyway]").onclick = () => { dialog.close(); leave(form); };
    part("[data-send]").onclick = async () => {
      await window.pcgd.queue.flush();
      await leaveWhenSent();
      if (!dialog.open) return;
      const left = await count();
      problem.textContent = hasLine
        ? `Còn ${left} thay đổi chưa gửi được. Bấm “Ở lại” để xem và sửa.`
        : "Đang mất mạng nên chưa gửi được.";
      problem.hidden = false;
    };
    count();
    // What waited may go by itself while this is read: then nothing is left to ask.
    document.addEventListener("pcgd:queue", leaveWhenSent);
    dialog.addEventListener("close", () => document.removeEventListener("pcgd:queue", leaveWhenSent), { once: true });
    dialog.showModal();
    part("[data-stay]").focus();
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-sign-out]");
    if (!form || form.dataset.sure) return;
    event.preventDefault();
    let waiting = 0;
    try { waiting = await window.pcgd.queue?.waiting() ?? 0; } catch { /* no store, nothing kept */ }
    if (waiting) askBeforeLeaving(form);
    else leave(form);
  });

  // ---- The page that stands for one that is not here ----

  const listKept = async () => {
    const box = document.querySelector("[data-offline-list]");
    if (!box || !("caches" in window)) return;
    const reason = document.querySelector("[data-offline-reason]");
    const retry = document.querySelector("[data-retry]");
    const isUnsent = Boolean(document.querySelector("meta[name=pcgd-unsent]"));
    retry.href = isUnsent ? "/" : location.href;
    if (!isUnsent) window.addEventListener("online", () => location.reload());
    const meta = await (await caches.open("pcgd-meta")).match("/pcgd-user");
    const { user } = meta ? await meta.json() : {};
    if (isUnsent && location.pathname === "/dang-xuat/") {
      reason.textContent = "Mất mạng nên chưa đăng xuất được trên máy chủ. Các trang đã lưu trên máy này đã được xóa; hãy đóng hết cửa sổ trình duyệt.";
      return;
    }
    if (isUnsent) {
      reason.textContent = "Mất mạng nên chưa gửi được trang vừa rồi. Bấm nút quay lại của trình duyệt: những gì đã nhập vẫn còn ở đó; gửi lại khi có mạng.";
      return;
    }
    if (!user) {
      reason.textContent = "Trên máy này chưa có ai đăng nhập, nên khi mất mạng chưa mở được trang nào. Những gì đã nhập trước đó vẫn được giữ trên máy; đăng nhập lại khi có mạng là được gửi.";
      return;
    }
    const cache = await caches.open(`pcgd-pages-${user}`);
    for (const request of await cache.keys()) {
      const kept = (await cache.match(request)).headers;
      const link = document.createElement("a");
      link.href = request.url;
      const name = new DOMParser().parseFromString(decodeURIComponent(kept.get("X-Pcgd-Title")), "text/html");
      link.textContent = name.body.textContent;
      const row = document.createElement("li");
      row.append(link, ` (lúc ${clock(new Date(kept.get("X-Pcgd-Kept")))})`);
      box.querySelector("ul").append(row);
      box.hidden = false;
    }
  };

  if (owner) {
    if (copyMark) showBanner();
    else window.addEventListener("load", () => whenIdle(keepThisAndLinks));
    document.addEventListener("pcgd:signedin", () => whenIdle(keepThisAndLinks));
    watchSaves();
  } else if (document.querySelector("[data-offline-list]")) {
    listKept();
  } else if (document.querySelector("input[name=password][type=password]")) {
    // The sign-in page, from the server: whoever was signed in is so no more.
    const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (!isBack) try { localStorage.setItem(HERE, ""); } catch { /* storage switched off */ }
  }
})();

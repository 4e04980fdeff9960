// The service worker: pages of entry without a line, each for its owner alone, for 12 hours.
// self.PCGD, written before this by the view, holds the addresses. docs/adr/0009-offline.md
"use strict";

const { pages, signIn, signOut, offline, hashed, header } = self.PCGD;
const STATIC_PATH = new URL(self.PCGD.static, self.location).pathname;
const KEPT_PATHS = pages.map((pattern) => new RegExp(pattern));
const PAGES = "pcgd-pages-";
const FILES = "pcgd-files";
const META = "pcgd-meta";
const OWNER = "/pcgd-user";
const KEPT_MS = 12 * 3600_000;
const FILE_KEPT_MS = 14 * 24 * 3600_000;
const PATIENCE_MS = 4000;
const FRESH_MS = 2 * 3600_000;
const BETWEEN_MS = 400;
const MOST_PAGES = 120;
/** Answers of the door before the portal, or of a portal that is being restarted. */
const BUSY = new Set([502, 503, 504]);

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
const isKeptPath = (url) => KEPT_PATHS.some((pattern) => pattern.test(url.pathname));
const withoutHash = (address) => address.split("#")[0];

// ---- Whose pages may be shown: whom the server last said is signed in ----

const owner = async () => {
  const found = await (await caches.open(META)).match(OWNER);
  return found ? found.json() : { user: "", at: 0 };
};
const setOwner = async (user, at = Date.now()) => {
  const before = await owner();
  if (before.user !== user) {
    await (await caches.open(META)).put(OWNER, new Response(JSON.stringify({ user, at })));
  }
  // Signing in takes away what others left; a session that ended is somebody's who comes back.
  if (user) await dropPages((name) => name !== PAGES + user);
};
const dropPages = async (which = () => true) => {
  const names = (await caches.keys()).filter((name) => name.startsWith(PAGES) && which(name));
  await Promise.all(names.map((name) => caches.delete(name)));
};

/** What an answer says about who is signed in. Asked before the last change: says nothing. */
const learn = async (response, askedAt, isKept) => {
  if (askedAt < (await owner()).at) return;
  // A page of entry that leads elsewhere: to the sign-in page or to the choice of a unit. The
  // copies stay, for whom the server names next.
  if (response.type === "opaqueredirect") {
    if (isKept) await setOwner("");
    return;
  }
  const user = response.headers.get(header);
  const isSignIn = response.ok && new URL(response.url).pathname === signIn;
  if (user) await setOwner(user);
  else if (isSignIn) await setOwner("");
};

// ---- Copies ----

const marked = (response, body, extra) => {
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  headers.set("X-Pcgd-Kept", new Date().toISOString());
  Object.entries(extra).forEach(([name, value]) => headers.set(name, value));
  return new Response(body, { status: response.status, headers });
};
const ageOf = (response) => Date.now() - Date.parse(response.headers.get("X-Pcgd-Kept"));
const isYoung = (response) => ageOf(response) >= 0 && ageOf(response) < KEPT_MS;

const dropCopy = async (address) => {
  const { user } = await owner();
  if (user) await (await caches.open(PAGES + user)).delete(withoutHash(address));
};

/** Keep a page under its address for whom it was made, if that is who is signed in. */
const keep = async (response, mark = "") => {
  if (response.status === 403 || response.status === 404) await dropCopy(response.url);
  const isPage = response.ok && !response.redirected
    && response.headers.get("Content-Type")?.startsWith("text/html");
  const user = response.headers.get(header);
  if (!isPage || !user || !isKeptPath(new URL(response.url))) return;
  const html = await response.text();
  const title = (/<h1[^>]*>([^]*?)<\/h1>/.exec(html)?.[1] ?? "")
    .replace(/<[^>]*>/g, "").replace(/\s+/g, " ").trim();
  await keepFiles(html, response.url);
  if ((await owner()).user !== user) return;
  const cache = await caches.open(PAGES + user);
  const address = withoutHash(response.url);
  await cache.delete(address);
  await cache.put(address, marked(response, html, {
    "X-Pcgd-Title": encodeURIComponent(title || "Trang đã lưu"), "X-Pcgd-Mark": encodeURIComponent(mark),
  }));
  const all = await cache.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - MOST_PAGES)).map((old) => cache.delete(old)));
};

/** The copy for whoever is signed in, or undefined; dead ones are removed on the way. */
const copyOf = async (address) => {
  const { user } = await owner();
  if (!user) return undefined;
  const cache = await caches.open(PAGES + user);
  const kept = await cache.match(withoutHash(address));
  if (kept && !isYoung(kept)) {
    await cache.delete(withoutHash(address));
    return undefined;
  }
  return kept;
};
/** why: "offline", "slow" or "busy". */
const shown = async (kept, why) => {
  const mark = `<meta name="pcgd-copy" content="${kept.headers.get("X-Pcgd-Kept")}" data-why="${why}">`;
  const html = (await kept.text()).replace("<head>", `<head>${mark}`);
  return new Response(html, { status: 200, headers: kept.headers });
};
const dropDead = async () => {
  for (const name of (await caches.keys()).filter((each) => each.startsWith(PAGES))) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (!isYoung(await cache.match(request))) await cache.delete(request);
    }
  }
};

// ---- Files of the portal itself: the same for everybody ----

const filesNamedIn = (text, base, pattern) => [...text.matchAll(pattern)]
  .map((found) => new URL(found[1], base)).filter((url) => url.pathname.startsWith(STATIC_PATH))
  .map((url) => withoutHash(url.href));
const IN_HTML = /(?:src|href)="([^"]+)"/g;
const IN_CSS = /url\(["']?([^"')]+)["']?\)/g;
const keepFile = async (address, cache) => {
  if (await cache.match(address)) return;
  const response = await fetch(address);
  if (!response.ok) return;
  if (!address.split("?")[0].endsWith(".css")) {
    await cache.put(address, marked(response, await response.blob(), {}));
    return;
  }
  const css = await response.text();
  await cache.put(address, marked(response, css, {}));
  for (const inner of filesNamedIn(css, address, IN_CSS)) await keepFile(inner, cache).catch(() => {});
};
const keepFiles = async (html, base) => {
  const cache = await caches.open(FILES);
  for (const address of new Set(filesNamedIn(html, base, IN_HTML))) {
    await keepFile(address, cache).catch(() => {});
  }
};
const answerFile = async (request) => {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request.url);
  if (kept && hashed) return kept;
  const network = fetch(request).then(async (response) => {
    if (response.status === 200) {
      cache.put(request.url, marked(response, await response.clone().blob(), {})).catch(() => {});
    }
    return response;
  });
  if (!kept) return network;
  return Promise.race([network.catch(() => kept), pause(PATIENCE_MS).then(() => kept)]);
};
/** Files of earlier releases that no kept page uses any more. */
const dropOldFiles = async () => {
  const cache = await caches.open(FILES);
  const needed = new Set();
  const standIn = await cache.match(offline);
  if (standIn) filesNamedIn(await standIn.text(), self.location, IN_HTML).forEach((address) => needed.add(address));
  for (const name of (await caches.keys()).filter((each) => each.startsWith(PAGES))) {
    const kept = await caches.open(name);
    for (const request of await kept.keys()) {
      const html = await (await kept.match(request)).text();
      filesNamedIn(html, request.url, IN_HTML).forEach((address) => needed.add(address));
    }
  }
  for (const request of await cache.keys()) {
    const isOld = ageOf(await cache.match(request)) > FILE_KEPT_MS;
    if (isOld && !needed.has(request.url)) await cache.delete(request);
  }
};

// ---- Answering ----

const offlineAnswer = async (isSending) => {
  const page = await (await caches.open(FILES)).match(offline);
  if (!page) return Response.error();
  const mark = isSending ? '<head><meta name="pcgd-unsent" content="1">' : "<head>";
  const html = (await page.text()).replace("<head>", mark);
  return new Response(html, { status: 503, headers: page.headers });
};
const tellPages = async (message) => {
  for (const client of await self.clients.matchAll({ type: "window" })) client.postMessage(message);
};

const fromNetwork = async (request, isKept) => {
  const askedAt = Date.now();
  // Never the browser's own cache, which Back would read: it knows neither owner nor version.
  const response = await fetch(request, isKept ? { cache: "no-store" } : undefined);
  await learn(response, askedAt, isKept);
  return response;
};

const answerPage = async (event) => {
  const { request } = event;
  const isKept = isKeptPath(new URL(request.url));
  const copy = isKept ? await copyOf(request.url) : undefined;
  const network = fromNetwork(request, isKept);
  if (isKept) event.waitUntil(network.then((response) => keep(response.clone())).catch(() => {}));
  const answer = network.then((response) => (
    copy && BUSY.has(response.status) ? shown(copy, "busy") : response
  )).catch(async () => (copy ? shown(copy, "offline") : offlineAnswer()));
  if (!copy) return answer;
  const first = await Promise.race([answer, pause(PATIENCE_MS)]);
  if (first) return first;
  // The copy now; should the late answer say that its owner is gone, the page goes too.
  const { user } = await owner();
  event.waitUntil(network.then(async (response) => {
    await pause(300);
    if ((await owner()).user !== user) await tellPages({ type: "gone", user });
    else if (response.ok) await tellPages({ type: "fresh", url: request.url });
  }).catch(() => {}));
  return shown(copy, "slow");
};

const answerSending = async (event) => {
  if (new URL(event.request.url).pathname === signOut) {
    await dropPages();
    await setOwner("");
  }
  const askedAt = Date.now();
  try {
    const response = await fetch(event.request);
    await learn(response, askedAt);
    return response;
  } catch {
    return offlineAnswer(true);
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(request.method === "GET" ? answerPage(event) : answerSending(event));
  } else if (request.method === "GET" && url.pathname.startsWith(STATIC_PATH)) {
    event.respondWith(answerFile(request));
  }
});

// ---- Keeping ahead ----

const fetchAndKeep = async (address, user, mark) => {
  const askedAt = Date.now();
  const response = await fetch(address, {
    credentials: "same-origin", cache: "no-store", headers: { Accept: "text/html", [header]: user },
  });
  await learn(response, askedAt);
  if (!response.ok || response.redirected) return response.status < 500 && response.status !== 401;
  await keep(response, mark);
  return true;
};
const isFresh = async (address, mark) => {
  const kept = await copyOf(address);
  return Boolean(kept) && ageOf(kept) < FRESH_MS
    && decodeURIComponent(kept.headers.get("X-Pcgd-Mark")) === mark;
};
const keepAhead = async ({ user, page, links, files }) => {
  await dropDead();
  const cache = await caches.open(FILES);
  for (const file of files) {
    if (new URL(file).pathname.startsWith(STATIC_PATH)) await keepFile(file, cache).catch(() => {});
  }
  // The page that registered this worker came before it: whoever is on it was asked already.
  if (!(await owner()).user) await fetchAndKeep(page, user, "").catch(() => {});
  if ((await owner()).user !== user) return;
  if (!await copyOf(page)) await fetchAndKeep(page, user, "").catch(() => {});
  for (const { url, mark } of links) {
    if (await isFresh(url, mark ?? "")) continue;
    if ((await owner()).user !== user || !await fetchAndKeep(url, user, mark ?? "")) return;
    await pause(BETWEEN_MS);
  }
};

self.addEventListener("message", (event) => {
  const { data } = event;
  if (data?.type === "keep") event.waitUntil(keepAhead(data).catch(() => {}));
  if (data?.type === "refresh") event.waitUntil(fetchAndKeep(data.page, data.user, "").catch(() => {}));
  if (data?.type === "signout") event.waitUntil(dropPages().then(() => setOwner("")));
});
self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const page = await fetch(offline, { cache: "no-store" });
    const html = await page.clone().text();
    await (await caches.open(FILES)).put(offline, marked(page, html, {}));
    await keepFiles(html, page.url);
    await self.skipWaiting();
  })());
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    await dropDead();
    await dropOldFiles();
    await self.clients.claim();
  })());
});

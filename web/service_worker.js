// Keep the page for use without a network: newest files first, stored ones if there is none.
const CACHE = "siffra";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => event.waitUntil(storeAll()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === location.origin) event.respondWith(load(event));
});

/**
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
async function load(event) {
  const cache = await caches.open(CACHE);
  // The path is the key: links with any ?query would fill the cache.
  const key = event.request.url.replace(/[?#].*/, "");
  try {
    const response = await fetch(event.request);
    if (!response.ok) return response;
    // Whole files only: a download that breaks off must neither be shown nor replace a stored one.
    const file = new Response(await response.blob(), response);
    event.waitUntil(store(cache, key, file.clone()).catch(() => {}));
    return file;
  } catch (error) {
    const stored = await cache.match(key);
    if (stored) return stored;
    throw error;
  }
}

/**
 * Store a file if it is one of the page: servers take many spellings of a path.
 * @param {Cache} cache
 * @param {string} key
 * @param {Response} file
 */
async function store(cache, key, file) {
  const isKnown = (await cache.match(key)) || (await listFiles()).includes(key);
  if (isKnown) await cache.put(key, file);
}

/**
 * Return the addresses of all files.
 * @returns {Promise<string[]>}
 */
async function listFiles() {
  const { files } = await (await fetch("files.json")).json();
  return ["./", ...files].map((name) => new URL(name, location.href).href);
}

/** Store all files before this worker answers for any. */
async function storeAll() {
  worker.skipWaiting();
  const cache = await caches.open(CACHE);
  await cache.addAll(await listFiles());
}

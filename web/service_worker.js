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
    event.waitUntil(cache.put(key, file.clone()).catch(() => {}));
    return file;
  } catch (error) {
    const stored = await cache.match(key);
    if (stored) return stored;
    throw error;
  }
}

/** Store all files before this worker answers for any. */
async function storeAll() {
  worker.skipWaiting();
  const cache = await caches.open(CACHE);
  const { files } = await (await fetch("files.json")).json();
  await cache.addAll(["./", ...files]);
}

// Keep the page for use without a network: newest files first, stored ones if there is none.
const CACHE = "siffra";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(storeAll()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === location.origin) event.respondWith(load(event));
});

async function load(event) {
  const cache = await caches.open(CACHE);
  // Looked up first: a broken-off download would leave nothing of what it replaces.
  const stored = await cache.match(event.request, { ignoreSearch: true });
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(cache.put(event.request, response.clone()).catch(() => {}));
    return response;
  } catch (error) {
    if (stored) return stored;
    throw error;
  }
}

/** Store what the page loaded before this worker controlled it. */
async function storeAll() {
  await self.clients.claim();
  const cache = await caches.open(CACHE);
  const { files } = await (await fetch("files.json")).json();
  await cache.addAll(["./", ...files]);
}

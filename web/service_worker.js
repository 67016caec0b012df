// Keep the page for use without a network: newest files first, stored ones if there is none.
const CACHE = "siffra";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(storeAll()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === location.origin)
    event.respondWith(load(event.request));
});

async function load(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const stored = await cache.match(request, { ignoreSearch: true });
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

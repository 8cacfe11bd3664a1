/** As long as the server takes for a read at most. A server that has died answers later, or never. */
const maxHeaderMs = 10_000;

/**
 * `fetch` with a time limit for the response to a read. Reading the body has none, because a slow link needs its
 * time. Changes have none either: they could take effect after it.
 */
export async function fetchInTime(url: URL | RequestInfo, init: RequestInit = {}): Promise<Response> {
  if ((init.method ?? 'GET') !== 'GET') return await fetch(url, init);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error('the server did not respond in time')), maxHeaderMs);
  try {
    const signal = init.signal ? AbortSignal.any([init.signal, limit.signal]) : limit.signal;
    return await fetch(url, { ...init, signal });
  } finally {
    clearTimeout(timer);
  }
}

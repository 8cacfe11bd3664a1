interface Tagged {
  readonly tag: string;
  readonly body: string;
}

/** Responses that are kept. Pages have far fewer queries. */
const maxResponses = 60;

/**
 * A `fetch` that asks whether a response is still current, by its entity tag, and then reuses its body. The browser's
 * cache is not used, because responses must not be stored on disk.
 */
export class TaggedFetch {
  readonly #fetch: typeof fetch;
  /** By URL, the least recently used first. */
  readonly #known = new Map<string, Tagged>();

  constructor(fetchOnce: typeof fetch) {
    this.#fetch = fetchOnce;
  }

  readonly fetch = async (url: URL | RequestInfo, init: RequestInit = {}): Promise<Response> => {
    if ((init.method ?? 'GET') !== 'GET') return await this.#fetch(url, init);
    const key = url instanceof Request ? url.url : String(url);
    const known = this.#known.get(key);
    const headers = new Headers(init.headers);
    if (known !== undefined) headers.set('if-none-match', known.tag);
    const response = await this.#fetch(url, { ...init, headers });
    if (response.status === 304 && known !== undefined) {
      this.#keep(key, known);
      return toResponse(known);
    }
    const tag = response.headers.get('etag');
    this.#known.delete(key);
    if (response.status !== 200 || tag === null) return response;
    const tagged = { tag, body: await response.text() };
    this.#keep(key, tagged);
    return toResponse(tagged);
  };

  /** Forgets all responses, because another caller signs in. */
  clear(): void {
    this.#known.clear();
  }

  #keep(key: string, tagged: Tagged): void {
    this.#known.delete(key);
    this.#known.set(key, tagged);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxResponses && oldest !== undefined) this.#known.delete(oldest);
  }
}

function toResponse({ body }: Tagged): Response {
  return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } });
}

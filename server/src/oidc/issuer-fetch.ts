import type * as z from 'zod';

/** Time limit of one request to the issuer, with its body. */
const timeoutMs = 5_000;

/** Pause after a failed request, so that a flood of tokens does not become a flood of requests. */
const pauseMs = 5_000;

/** A key set has a few keys of at most a few KiB. */
const maxBytes = 256 * 1024;

/** The issuer did not respond, or not with the expected document. */
export class IssuerUnavailableError extends Error {
  override readonly name = 'IssuerUnavailableError';
}

/**
 * Fetches JSON documents of an OpenID Connect issuer: over https except on loopback, without redirects, with
 * limits for time and size, and with a pause after a failure.
 */
export class IssuerFetch {
  #failure: { readonly error: IssuerUnavailableError; readonly until: number } | undefined;

  /** Throws IssuerUnavailableError. */
  async getJson<TSchema extends z.ZodType>(url: string, schema: TSchema): Promise<z.output<TSchema>> {
    if (this.#failure !== undefined && Date.now() < this.#failure.until) throw this.#failure.error;
    try {
      const result = schema.parse(JSON.parse(await getText(url)));
      this.#failure = undefined;
      return result;
    } catch (cause) {
      const error = new IssuerUnavailableError(`no usable response from ${url}`, { cause });
      this.#failure = { error, until: Date.now() + pauseMs };
      throw error;
    }
  }
}

/** Whether a URL may be called: https, or http on a loopback address. */
export function isAllowedIssuerUrl(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}

async function getText(url: string): Promise<string> {
  if (!isAllowedIssuerUrl(new URL(url))) throw new Error('the URL must be https');
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`status ${response.status}`);
  }
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  // `as`: the stream of a response has chunks of bytes; its type does not say so.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

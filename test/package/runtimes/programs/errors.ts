import { createTocsinClient, isTocsinClientError, type TocsinClientOptions } from '@tocsin/client';
import type { RuntimeSettings } from '../settings.ts';

/** Causes each kind of error. Returns what a caller can tell from it. */
export async function causeErrors({ url, frontUrl, refusedUrl, token, appId }: RuntimeSettings) {
  const call = async (options: Partial<TocsinClientOptions>, signal?: AbortSignal) => {
    const tocsin = createTocsinClient({ url, token, retry: { retries: 0 }, ...options });
    try {
      await tocsin.publish('license.deleted', { appId, data }, { signal });
      return 'no error';
    } catch (error) {
      return describe(error);
    } finally {
      await tocsin.close();
    }
  };
  const front = (path: string) => ({ url: `${frontUrl}/${path}` });
  return {
    unauthenticated: await call({ token: 'tsk_unknown' }),
    tokenThrows: await call({
      token: () => {
        throw new Error('no vault');
      },
    }),
    refusedPort: await call({ url: refusedUrl }),
    reset: await call(front('reset')),
    timeout: await call({ ...front('hang'), timeoutMs: 50 }),
    aborted: await abortLater((signal) => call(front('hang'), signal)),
    redirect: await call(front('redirect')),
    noServer: await call(front('text')),
    ...(await causeInputErrors({ url, token, appId })),
  };
}

const data = { licenseKey: 'A3K9-BFWX-7NP2-QHDT', status: 'revoked' as const };

/** Input that the client or the server rejects, and a closed client. */
async function causeInputErrors({ url, token, appId }: Pick<RuntimeSettings, 'url' | 'token' | 'appId'>) {
  const tocsin = createTocsinClient({ url, token });
  // `as`: values that the compiler rejects.
  const count = 1n as never;
  const key = 1 as never;
  const bigint = tocsin.publish('license.hwid_reset', { appId, data: { ...data, hwidCount: count } });
  const wrong = tocsin.publish('license.deleted', { appId, data: { ...data, licenseKey: key } });
  const nonsense = tocsin.deliveries.get.query({ id: 'nonsense' });
  const [ofBigint, ofWrong, ofNonsense] = await Promise.all(
    [bigint, wrong, nonsense].map((call) => call.then(() => 'no error', describe)),
  );
  await tocsin.close();
  const closed = tocsin.publish('license.deleted', { appId, data });
  return { ofBigint, ofWrong, ofNonsense, closed: await closed.catch(describe) };
}

async function abortLater<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  return await run(controller.signal);
}

function describe(error: unknown): string {
  if (!isTocsinClientError(error) || !(error instanceof Error)) return `another error: ${String(error)}`;
  const retry = error.retryable ? 'retryable' : 'permanent';
  return `${error.code}, ${retry}, ${error.wasSent ? 'sent' : 'unsent'}`;
}

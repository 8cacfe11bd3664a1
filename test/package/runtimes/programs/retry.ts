import { createTocsinClient } from '@tocsin/client';
import type { RuntimeSettings } from '../settings.ts';

/** Publishes over a connection that fails twice, and loses the response of a stored event. */
export async function retry({ url, frontUrl, token, appId }: RuntimeSettings) {
  let retries = 0;
  const tocsin = createTocsinClient({
    url: `${frontUrl}/faulty`,
    token,
    retry: { baseDelayMs: 1 },
    logger: { debug: () => undefined, warn: () => retries++ },
  });
  const data = { licenseKey: 'retry', status: 'active' as const };
  const { id } = await tocsin.publish('license.activated', { appId, data });
  await tocsin.close();

  const direct = createTocsinClient({ url, token });
  const { items } = await direct.events.list.query({ appId, event: 'license.activated' });
  await direct.close();
  return { stored: items.length, isSame: items[0]?.id === id, wasRetried: retries > 0 };
}

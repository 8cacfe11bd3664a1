import { createTocsinClient } from '@tocsin/client';
import type { RuntimeSettings } from '../settings.ts';

/** Follows events over a stream that breaks, from the first event on. */
export async function subscribe({ url, frontUrl, token, appId }: RuntimeSettings) {
  const tocsin = createTocsinClient({ url, token });
  const broken = createTocsinClient({ url: `${frontUrl}/cut`, token, retry: { baseDelayMs: 1 } });
  const publish = (label: string) =>
    tocsin.publish('license.created', { appId, data: { ...license, label } });

  let reconnects = 0;
  const events = broken.events.subscribe(
    { appId, types: ['license.created'] },
    // Ends the loop if an event is lost.
    { signal: AbortSignal.timeout(30_000), onReconnect: () => reconnects++ },
  );
  const progress = { isOpen: false };
  const publishing = (async () => {
    // The first event tells that the subscription has begun.
    while (!progress.isOpen) await publish('before');
    for (const label of labels) await publish(label);
  })();
  const received: (string | null)[] = [];
  for await (const event of events) {
    progress.isOpen = true;
    const label = event.type === 'license.created' ? event.data.label : event.type;
    if (label !== 'before') received.push(label);
    if (received.length === labels.length) break;
  }
  progress.isOpen = true;
  await publishing;
  await Promise.all([tocsin.close(), broken.close()]);
  const missing = labels.filter((label) => !received.includes(label));
  return { received: received.length, missing, isInOrder: received.join() === labels.join(), reconnects };
}

const labels = Array.from({ length: 40 }, (_, n) => `é ${n}`);

const license = {
  licenseKey: 'A3K9-BFWX-7NP2-QHDT',
  status: 'active',
  expiresAt: null,
  maxHwidSlots: 2,
} as const;

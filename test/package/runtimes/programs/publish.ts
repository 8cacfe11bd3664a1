import { createTocsinClient } from '@tocsin/client';
import type { RuntimeSettings } from '../settings.ts';

const revoked = (licenseKey: string) => ({ licenseKey, status: 'revoked' as const });

/** Publishes one event, many, and concurrent ones, and reads them back. */
export async function publish({ url, token, appId }: RuntimeSettings) {
  const tocsin = createTocsinClient({ url, token });
  const event = { appId, data: revoked('one ✓'), idempotencyKey: 'one' };
  const first = await tocsin.publish('license.revoked', event);
  const second = await tocsin.publish('license.revoked', event);

  const events = Array.from({ length: 300 }, (_, n) => ({
    type: 'license.revoked' as const,
    appId: n === 7 ? 'app_of_others' : appId,
    data: revoked(`many ${n}`),
  }));
  const outcomes = await tocsin.publishMany(events);
  const refused = outcomes.filter((outcome) => !outcome.ok).map(({ error }) => error.code);

  const concurrent = await Promise.all(
    Array.from({ length: 50 }, (_, n) => tocsin.publish('user.login', { appId, data: user(n) })),
  );
  const stored = new Map<string, unknown>();
  for await (const { id, data } of tocsin.events.list.iterate({ appId, event: 'user.login' }))
    stored.set(id, data['userId']);
  const { data } = await tocsin.events.get.query({ id: first.id });
  await tocsin.close();
  return {
    deliveries: first.deliveries,
    isRepeated: first.id === second.id,
    text: data['licenseKey'],
    many: outcomes.length,
    refused,
    isInOrder: concurrent.every(({ id }, n) => stored.get(id) === `usr_${n}`),
    stored: stored.size,
  };
}

function user(number: number) {
  return { userId: `usr_${number}`, username: 'ada', ip: '192.0.2.1', hwid: 'HWID-1' };
}

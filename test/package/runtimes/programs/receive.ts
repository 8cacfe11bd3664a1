import { createTocsinClient } from '@tocsin/client';
import { hookPaths, hookProfiles, type HookServer } from '../hook-inbox.ts';
import type { RuntimeSettings } from '../settings.ts';

/** Receives a delivery of each profile with one server of the runtime, and rejects forged requests. */
export async function receive({ url, token }: RuntimeSettings, { origin, inbox }: HookServer) {
  const tocsin = createTocsinClient({ url, token });
  const { id: appId } = await tocsin.apps.create.mutate({ name: 'A receiver' });
  const received: Record<string, string> = {};
  for (const path of hookPaths) {
    const { secret, publicKey } = await tocsin.webhooks.create.mutate({
      appId,
      url: `${origin}${path}`,
      events: ['user.ban'],
      ...hookProfiles[path],
    });
    inbox.setSecret(path, publicKey ?? secret ?? '');
  }
  const data = { userId: 'usr_1', username: 'Zoë 🦊', reason: 'spam', bannedBy: 'ada' };
  const { deliveries } = await tocsin.publish('user.ban', { appId, data });
  for (const path of hookPaths) {
    const event = await inbox.waitFor(path);
    received[path] = event.type === 'user.ban' ? event.data.username : event.type;
  }
  const forged = await Promise.all(hookPaths.map((path) => postForged(`${origin}${path}`)));
  await tocsin.close();
  return { deliveries, received, forged };
}

async function postForged(url: string): Promise<number> {
  const body = JSON.stringify({ type: 'user.ban', timestamp: new Date().toISOString(), data: {} });
  const response = await fetch(url, { method: 'POST', body });
  await response.text();
  return response.status;
}

import type { Db } from 'mongodb';
import { expect, vi } from 'vitest';
import { call } from './call.ts';
import type { ServerProcess } from './server-process.ts';

/** The app `crash` with one webhook: what a CrashLoad publishes to. */
export async function subscribeCrash(server: ServerProcess, url: string): Promise<void> {
  await call(server, 'apps.create', { id: 'crash', name: 'Crash' });
  await call(server, 'webhooks.create', { appId: 'crash', url, events: ['user.login'] });
}

/** Nothing is owed any more: no open event, no pending delivery. */
export async function whenNothingIsOwed(db: Db, withinMs = 40_000): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await db.collection('events').countDocuments({ due: { $exists: true } })).toBe(0);
      expect(await db.collection('deliveries').countDocuments({ status: 'pending' })).toBe(0);
    },
    { timeout: withinMs, interval: 100 },
  );
}

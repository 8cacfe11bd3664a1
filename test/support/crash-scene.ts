import type { Db } from 'mongodb';
import { expect, vi } from 'vitest';
import { testRootToken, type ServerProcess } from './server-process.ts';

/** A procedure over HTTP, as the operator. */
export async function callProcess(
  server: ServerProcess,
  path: string,
  input: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${testRootToken}` },
    body: JSON.stringify(input),
  });
  const body = (await response.json()) as { result?: { data: Record<string, unknown> } };
  if (body.result === undefined) throw new Error(`${path} was refused: ${JSON.stringify(body)}`);
  return body.result.data;
}

/** The app `crash` with one webhook: what a CrashLoad publishes to. */
export async function subscribeCrash(server: ServerProcess, url: string): Promise<void> {
  await callProcess(server, 'apps.create', { id: 'crash', name: 'Crash' });
  await callProcess(server, 'webhooks.create', { appId: 'crash', url, events: ['user.login'] });
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

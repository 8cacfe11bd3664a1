import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Actor, ApiKey } from '../../../../server/src/domain/access.ts';
import type { AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createRotateKey } from '../../../../server/src/services/accounts/rotate-key.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { aKey } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const hourMs = 3_600_000;
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const asKey = (keyId: string): Actor => ({ ...keyActor(), keyId }) as Actor;

/** Rotates a key that the caller may find. `isChanged`: another call has changed it meanwhile. */
function serviceOn(
  key: ApiKey,
  { isChanged = false, reserved }: { isChanged?: boolean; reserved?: string } = {},
) {
  const clock = new FakeClock();
  const stored: unknown[] = [];
  const events: unknown[] = [];
  const calls = unkeyedCalls(clock);
  const rotate = createRotateKey({
    keys: {
      rotate: (_, next) => {
        stored.push(next);
        return Promise.resolve(!isChanged);
      },
    },
    findKey: () => Promise.resolve(key),
    audit: {
      record: (_, { action, targetId, details }) => {
        events.push({ action, targetId, details });
        return Promise.resolve();
      },
    } as AuditService, // `as`: the service only records
    calls: {
      run: (call) =>
        calls.run(
          // `as`: what a continued call has reserved
          reserved === undefined
            ? call
            : { ...call, reserve: () => ({ secret: reserved, prefix: key.prefix }) as never },
        ),
    },
    clock,
    onRotated: (id) => void events.push(['rotated', id]),
  });
  return { rotate, stored, events, clock };
}

it('gives a new secret once, and keeps the old one valid for the overlap', async () => {
  const key = aKey();
  const { rotate, stored, events, clock } = serviceOn(key);
  const { key: secret, id } = await rotate(rootActor, { id: key.id, overlapHours: 2 });
  expect(id).toBe(key.id);
  expect(stored).toMatchObject([
    { hash: hashOf(secret), previous: { hash: key.hash, expiresAt: clock.now() + 2 * hourMs } },
  ]);
  expect(events).toEqual([
    ['rotated', key.id],
    {
      action: 'key.rotated',
      targetId: key.id,
      details: { prefix: key.prefix, newPrefix: secret.slice(0, key.prefix.length), overlapHours: 2 },
    },
  ]);
});

it('ends the old secret at once without an overlap', async () => {
  const key = aKey({ previous: { hash: 'b', expiresAt: 9 } });
  const { rotate, stored } = serviceOn(key);
  await rotate(rootActor, { id: key.id, overlapHours: 0 });
  expect(stored).toMatchObject([{ previous: null }]);
});

it('rotates the key of the caller and those it has created, and no other one', async () => {
  const key = aKey({ ancestorIds: ['key_parent'] });
  const input = { id: key.id, overlapHours: 1 };
  for (const actor of [rootActor, asKey(key.id), asKey('key_parent')]) {
    expect(await serviceOn(key).rotate(actor, input)).toMatchObject({ id: key.id });
  }
  const { rotate, stored, events } = serviceOn(key);
  await expect(rotate(asKey('key_sibling'), input)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect([stored, events]).toEqual([[], []]);
});

it('rotates no key that is revoked, nor one that another call changes meanwhile', async () => {
  const revoked = aKey({ revokedAt: 1 });
  const { rotate, stored } = serviceOn(revoked);
  await expect(rotate(rootActor, { id: revoked.id, overlapHours: 1 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: `id: the API key ${revoked.id} is revoked`,
  });
  expect(stored).toEqual([]);
  const key = aKey();
  const changed = serviceOn(key, { isChanged: true });
  await expect(changed.rotate(rootActor, { id: key.id, overlapHours: 1 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: `id: the API key ${key.id} was rotated or revoked at the same time`,
  });
  expect(changed.events).toEqual([]);
});

it.each<[string, Partial<ApiKey>]>([
  ['the current', { hash: hashOf('tsk_reserved') }],
  ['the previous', { previous: { hash: hashOf('tsk_reserved'), expiresAt: 9 } }],
])('that is continued stores nothing if its secret is %s one already', async (_, change) => {
  const key = aKey(change);
  const { rotate, stored, events } = serviceOn(key, { reserved: 'tsk_reserved' });
  expect(await rotate(rootActor, { id: key.id, overlapHours: 1 })).toMatchObject({ key: 'tsk_reserved' });
  expect(stored).toEqual([]);
  expect(events).toHaveLength(2);
});

import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createIds } from '../../server/src/services/common/ids.ts';
import { createIdempotentCalls } from '../../server/src/services/idempotency/idempotent-calls.ts';
import { createSecretBox } from '../../server/src/services/webhooks/secret-box.ts';
import { MongoIdempotentCallStore } from '../../server/src/store/mongo/calls/idempotent-call-store.ts';
import { anIdempotentCall } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { clearDatabase, useDatabase } from '../support/fixtures.ts';

const connection = useDatabase('calls');

function open() {
  const { collections } = connection;
  return {
    collections,
    calls: new MongoIdempotentCallStore(collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  };
}

const call = anIdempotentCall();
const { id, lease } = call;
const next = { token: 'second', until: 40 };

it('begins one of several calls that race, and begins it again after it has expired', async () => {
  await using h = open();
  const results = await Promise.all([1, 2, 3].map(() => h.calls.begin(call, 1)));
  expect(results.filter(Boolean)).toHaveLength(1);
  expect(await h.calls.find(id)).toEqual(call);
  expect(await h.calls.begin({ ...call, lease: next }, 899)).toBe(false);
  expect(await h.calls.begin({ ...call, lease: next, expiresAt: 1_800 }, 900)).toBe(true);
  expect(await h.calls.find(id)).toMatchObject({ lease: next, expiresAt: 1_800 });
});

it('is taken over by one process, after which the former holder changes nothing', async () => {
  await using h = open();
  await h.calls.begin(call, 1);
  const results = await Promise.all([1, 2, 3].map(() => h.calls.takeOver(id, lease, next)));
  expect(results.filter(Boolean)).toHaveLength(1);
  await h.calls.complete(id, lease.token, { targetId: 'other', sealed: 'other', sealedUntil: 1 });
  await h.calls.endLease(id, lease.token, 1);
  await h.calls.release(id, lease.token);
  expect(await h.calls.find(id)).toEqual({ ...call, lease: next });
  await h.calls.endLease(id, next.token, 30);
  expect(await h.calls.find(id)).toMatchObject({ lease: { token: 'second', until: 30 } });
  await h.calls.complete(id, next.token, { targetId: 'wh_1', sealed: 'response', sealedUntil: 170 });
  const done = { status: 'done', targetId: 'wh_1', sealed: 'response', sealedUntil: 170 };
  expect(await h.calls.find(id)).toMatchObject(done);
  expect(await h.calls.takeOver(id, next, lease)).toBe(false);
  await h.calls.release(id, next.token);
  expect(await h.calls.find(id)).toBeUndefined();
});

it('loses its sealed text when its time is over, and keeps the rest', async () => {
  await using h = open();
  await h.calls.begin(call, 1);
  await h.calls.begin(anIdempotentCall({ id: 'call_b', sealedUntil: 151 }), 1);
  expect(await h.calls.dropSealed(149, 10)).toBe(0);
  expect(await h.calls.dropSealed(150, 10)).toBe(1);
  expect(await h.calls.find(id)).toEqual({ ...call, sealed: undefined, sealedUntil: 0 });
  expect((await h.calls.find('call_b'))?.sealed).toBe(call.sealed);
  await h.calls.begin(call, 900);
  expect(await h.calls.dropSealed(900, 1)).toBe(1);
  expect(await h.calls.dropSealed(900, 1)).toBe(1);
  expect(await h.calls.dropSealed(900, 1)).toBe(0);
});

it('is removed by the database after its end', async () => {
  const indexes = await connection.collections.idempotentCalls.indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
});

it('keeps its response over a rotation of the encryption key, while the old key is known', async () => {
  await using h = open();
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const run = async (secretBox: ReturnType<typeof createSecretBox>) => {
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    const deps = { store: h.calls, secretBox, ids: createIds(), clock: new FakeClock(Date.now()), log };
    return await createIdempotentCalls(deps).run({
      actor: { kind: 'root' },
      operation: 'webhooks.create',
      key: 'order-1',
      input: {},
      accountId: null,
      appId: null,
      reserve: () => ({ secret: randomBytes(8).toString('hex') }),
      getTargetId: () => 'wh_1',
      work: async ({ secret }) => await Promise.resolve({ secret }),
    });
  };
  const first = await run(createSecretBox(oldKey));
  expect(await run(createSecretBox(newKey, [oldKey]))).toEqual(first);
  await expect(run(createSecretBox(newKey))).rejects.toMatchObject({
    code: 'RESPONSE_EXPIRED',
    message: expect.stringContaining('wh_1') as string,
  });
});

import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { IdempotentCallStore } from '../../server/src/domain/ports/idempotent-call-store.ts';
import { createIds } from '../../server/src/services/common/ids.ts';
import { createIdempotentCalls } from '../../server/src/services/idempotency/idempotent-calls.ts';
import { createSecretBox } from '../../server/src/services/webhooks/secret-box.ts';
import { anIdempotentCall } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { silent } from '../support/silent-log.ts';

export interface IdempotentCallsHarness extends AsyncDisposable {
  readonly idempotentCalls: IdempotentCallStore;
}

const call = anIdempotentCall();
const { id, lease } = call;
const next = { token: 'second', until: 40 };

/** How calls with an idempotency key are stored. A function, so that another store can run the same suite. */
export function idempotentCallsContract(name: string, open: () => Promise<IdempotentCallsHarness>): void {
  it(`${name}: one of several calls that race begins, and again after it has expired`, async () => {
    await using h = await open();
    const results = await Promise.all([1, 2, 3].map(() => h.idempotentCalls.begin(call, 1)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await h.idempotentCalls.find(id)).toEqual(call);
    expect(await h.idempotentCalls.begin({ ...call, lease: next }, 899)).toBe(false);
    expect(await h.idempotentCalls.begin({ ...call, lease: next, expiresAt: 1_800 }, 900)).toBe(true);
    expect(await h.idempotentCalls.find(id)).toMatchObject({ lease: next, expiresAt: 1_800 });
  });

  it(`${name}: a call is taken over by one process, after which the former holder changes nothing`, async () => {
    await using h = await open();
    await h.idempotentCalls.begin(call, 1);
    const results = await Promise.all([1, 2, 3].map(() => h.idempotentCalls.takeOver(id, lease, next)));
    expect(results.filter(Boolean)).toHaveLength(1);
    await h.idempotentCalls.complete(id, lease.token, { targetId: 'other', sealed: 'other', sealedUntil: 1 });
    await h.idempotentCalls.endLease(id, lease.token, 1);
    await h.idempotentCalls.release(id, lease.token);
    expect(await h.idempotentCalls.find(id)).toEqual({ ...call, lease: next });
    await h.idempotentCalls.endLease(id, next.token, 30);
    expect(await h.idempotentCalls.find(id)).toMatchObject({ lease: { token: 'second', until: 30 } });
    await h.idempotentCalls.complete(id, next.token, {
      targetId: 'wh_1',
      sealed: 'response',
      sealedUntil: 170,
    });
    const done = { status: 'done', targetId: 'wh_1', sealed: 'response', sealedUntil: 170 };
    expect(await h.idempotentCalls.find(id)).toMatchObject(done);
    expect(await h.idempotentCalls.takeOver(id, next, lease)).toBe(false);
    await h.idempotentCalls.release(id, next.token);
    expect(await h.idempotentCalls.find(id)).toBeUndefined();
  });

  it(`${name}: a call loses its sealed text when its time is over, and keeps the rest`, async () => {
    await using h = await open();
    await h.idempotentCalls.begin(call, 1);
    await h.idempotentCalls.begin(anIdempotentCall({ id: 'call_b', sealedUntil: 151 }), 1);
    expect(await h.idempotentCalls.dropSealed(149, 10)).toBe(0);
    expect(await h.idempotentCalls.dropSealed(150, 10)).toBe(1);
    expect(await h.idempotentCalls.find(id)).toEqual({ ...call, sealed: undefined, sealedUntil: 0 });
    expect((await h.idempotentCalls.find('call_b'))?.sealed).toBe(call.sealed);
    await h.idempotentCalls.begin(call, 900);
    expect(await h.idempotentCalls.dropSealed(900, 1)).toBe(1);
    expect(await h.idempotentCalls.dropSealed(900, 1)).toBe(1);
    expect(await h.idempotentCalls.dropSealed(900, 1)).toBe(0);
  });

  it(`${name}: a call keeps its response over a rotation of the encryption key, while the old key is known`, async () => {
    await using h = await open();
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    const run = async (secretBox: ReturnType<typeof createSecretBox>) => {
      const deps = {
        store: h.idempotentCalls,
        secretBox,
        ids: createIds(),
        clock: new FakeClock(Date.now()),
        log: silent,
      };
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
}

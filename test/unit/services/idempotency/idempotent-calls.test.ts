import { describe, expect, it, vi } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { apiError } from '../../../../server/src/domain/errors.ts';
import type { IdempotentCall } from '../../../../server/src/domain/ports/idempotent-call-store.ts';
import type { SealPlace } from '../../../../server/src/domain/ports/secret-box.ts';
import {
  createIdempotentCalls,
  type CallRequest,
} from '../../../../server/src/services/idempotency/idempotent-calls.ts';
import { toCallId, toFingerprint } from '../../../../server/src/services/idempotency/call-id.ts';
import { MemoryIdempotentCallStore } from '../../../../server/testing/src/store/calls/idempotent-call-store.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const minute = 60_000;
type Request = CallRequest<{ id: string }, { made: string }>;

/** Calls in memory. Sealed texts name their place, and those in `lost` do not decrypt. */
function aScene() {
  const calls = new Map<string, IdempotentCall>();
  const clock = new FakeClock();
  const lost = new Set<string>();
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const toPlace = (place: SealPlace) => JSON.stringify(place);
  const store = new MemoryIdempotentCallStore({ calls });
  const service = createIdempotentCalls({
    store,
    secretBox: {
      encrypt: (text, place) => JSON.stringify([toPlace(place), text]),
      decrypt: (sealed, place) => {
        // `as`: written by `encrypt`.
        const [where, text] = JSON.parse(sealed) as [string, string];
        if (where !== toPlace(place) || lost.has(place.field)) throw new Error('not decrypted');
        return text;
      },
    },
    ids: { audit: (at) => `aud_${at}` },
    clock,
    log,
  });
  const runs: { reserved: string; at: number; entryId: string | undefined; isContinued: boolean }[] = [];
  let reserved = 0;
  const run = (change: Partial<Request> = {}) =>
    service.run<{ id: string }, { made: string }>({
      actor: keyActor(),
      operation: 'webhooks.create',
      key: 'k1',
      input: { a: 1, b: { c: 2, d: [1, 2] } },
      accountId: 'acc_a',
      appId: 'app_a',
      reserve: () => ({ id: `wh_${++reserved}` }),
      getTargetId: ({ id }, output) => output?.made ?? id,
      work: ({ id }, { at, entryId, isContinued }) => {
        runs.push({ reserved: id, at, entryId, isContinued });
        return Promise.resolve({ made: id });
      },
      ...change,
    });
  return { service, store, calls, clock, lost, log, runs, run };
}

describe('a call', () => {
  it('without a key runs each time, and stores nothing', async () => {
    const { run, runs, calls, clock } = aScene();
    await run({ key: undefined });
    expect(await run({ key: undefined })).toEqual({ made: 'wh_2' });
    const at = clock.now();
    expect(runs[0]).toEqual({ reserved: 'wh_1', at, entryId: undefined, isContinued: false });
    expect(runs).toHaveLength(2);
    expect(calls.size).toBe(0);
  });

  it('with a key runs once, and its response is repeated', async () => {
    const { run, runs, clock } = aScene();
    const at = clock.now();
    expect(await run()).toEqual({ made: 'wh_1' });
    clock.advance(15 * minute - 1);
    expect(await run({ input: { b: { d: [1, 2], c: 2 }, a: 1 } })).toEqual({ made: 'wh_1' });
    expect(runs).toEqual([{ reserved: 'wh_1', at, entryId: `aud_${at}`, isContinued: false }]);
  });

  it('stores what it is about, with its times', async () => {
    const { run, calls, clock } = aScene();
    const at = clock.now();
    let whileRunning: IdempotentCall | undefined;
    await run({
      work: ({ id }) => {
        [whileRunning] = calls.values();
        clock.advance(1_000);
        return Promise.resolve({ made: `${id}_made` });
      },
    });
    const same = { accountId: 'acc_a', appId: 'app_a', expiresAt: at + 24 * 60 * minute };
    expect(whileRunning).toMatchObject({
      ...same,
      status: 'running',
      targetId: 'wh_1',
      sealedUntil: at + 15 * minute,
      lease: { until: at + 20_000 },
    });
    const done = { ...same, status: 'done', targetId: 'wh_1_made', sealedUntil: at + 1_000 + 15 * minute };
    expect([...calls.values()]).toMatchObject([done]);
  });

  it.each<[string, Partial<Request>]>([
    ['another key', { key: 'k2' }],
    ['another operation', { operation: 'keys.create' }],
    ['another caller', { actor: rootActor }],
  ])('with %s is another call', async (_name, change) => {
    const { run, runs } = aScene();
    await run();
    await run(change);
    expect(runs).toHaveLength(2);
  });

  it.each<[string, object]>([
    ['another value', { a: 2, b: { c: 2, d: [1, 2] } }],
    ['another order of a list', { a: 1, b: { c: 2, d: [2, 1] } }],
    ['a field less', { a: 1 }],
  ])('with its key and %s is refused', async (_name, input) => {
    const { run, runs } = aScene();
    await run();
    await expect(run({ input })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      message: 'idempotencyKey: a call with this key had another input; send a new key for another call',
    });
    expect(runs).toHaveLength(1);
  });
});

describe('a call whose response is no longer kept', () => {
  const failureOf = async (call: Promise<unknown>): Promise<string> => {
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RESPONSE_EXPIRED' });
    return error instanceof Error ? error.message : '';
  };

  it('says what it made, until its key is forgotten', async () => {
    const { run, runs, clock } = aScene();
    await run();
    clock.advance(15 * minute);
    expect(await failureOf(run())).toContain('has made or changed wh_1,');
    clock.advance(24 * 60 * minute - 15 * minute - 1);
    expect(await failureOf(run())).toContain('has made or changed wh_1,');
    clock.advance(1);
    expect(await run()).toEqual({ made: 'wh_2' });
    expect(runs).toHaveLength(2);
  });

  it('says so if it made no object, was dropped, or does not decrypt', async () => {
    const { run, service, clock, lost } = aScene();
    await run({ getTargetId: () => null });
    lost.add('response');
    expect(await failureOf(run())).toContain('has taken effect,');
    lost.clear();
    clock.advance(15 * minute);
    await service.dropExpired(new AbortController().signal);
    expect(await failureOf(run())).toContain('has taken effect,');
  });

  it('is not compared with its input after a rotation of the encryption key', async () => {
    const { run, lost } = aScene();
    await run();
    lost.add('input');
    expect(await run({ input: { other: true } })).toEqual({ made: 'wh_1' });
  });
});

describe('a call that fails', () => {
  const failing = (error: unknown): Partial<Request> => ({
    work: async () => {
      throw error;
    },
  });

  it('because it is rejected frees its key', async () => {
    const { run, calls } = aScene();
    await expect(run(failing(apiError('NOT_FOUND', 'no')))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(calls.size).toBe(0);
  });

  it.each([
    ['of an unknown error', new Error('bug')],
    ['of the server', apiError('UNAVAILABLE', 'away')],
  ])('because %s continues with what it reserved', async (_name, error) => {
    const { run, runs, clock } = aScene();
    const at = clock.now();
    await expect(run(failing(error))).rejects.toBe(error);
    clock.advance(1_000);
    expect(await run()).toEqual({ made: 'wh_1' });
    expect(runs).toEqual([{ reserved: 'wh_1', at, entryId: `aud_${at}`, isContinued: true }]);
  });

  it('is not continued after its reserved secrets are gone', async () => {
    const { run, clock } = aScene();
    await expect(run(failing(new Error('bug')))).rejects.toThrow('bug');
    clock.advance(15 * minute);
    await expect(run()).rejects.toThrow(/may have made or changed wh_1/);
  });

  it('to store its end has taken effect all the same', async () => {
    const { run, store, log } = aScene();
    vi.spyOn(store, 'complete').mockRejectedValue(new Error('away'));
    expect(await run()).toEqual({ made: 'wh_1' });
    expect(log.warn).toHaveBeenCalledOnce();
  });
});

describe('a call that another process runs', () => {
  /** Begins a call that never ends, as in a process that died. */
  async function begin({ run }: ReturnType<typeof aScene>): Promise<void> {
    await new Promise<void>((resolve) => {
      void run({
        work: () => {
          resolve();
          return new Promise(() => {});
        },
      });
    });
  }

  it('is continued when its lease has ended', async () => {
    const scene = aScene();
    await begin(scene);
    scene.clock.advance(20_000);
    expect(await scene.run()).toEqual({ made: 'wh_1' });
    expect(scene.runs).toMatchObject([{ reserved: 'wh_1', isContinued: true }]);
  });

  it('is awaited for a second', async () => {
    const scene = aScene();
    await begin(scene);
    scene.clock.advance(20_000 - 1);
    await expect(scene.run()).rejects.toMatchObject({
      code: 'CALL_IN_PROGRESS',
      retryAfterSeconds: 1,
      message: 'idempotencyKey: the first call with this key is still running; repeat it in 1 s',
    });
    expect(scene.runs).toEqual([]);
  });
});

describe('expired responses', () => {
  const signal = new AbortController().signal;

  it('are dropped in batches, until there are no more', async () => {
    const { service, store, clock } = aScene();
    const drop = vi.spyOn(store, 'dropSealed').mockResolvedValueOnce(500).mockResolvedValueOnce(499);
    await service.dropExpired(signal);
    expect(drop.mock.calls).toEqual([
      [clock.now(), 500],
      [clock.now(), 500],
    ]);
  });

  it('are kept at the stop of the server and in an outage', async () => {
    const { service, store, log } = aScene();
    const drop = vi.spyOn(store, 'dropSealed').mockRejectedValue(new Error('away'));
    await service.dropExpired(AbortSignal.abort());
    expect(drop).not.toHaveBeenCalled();
    await service.dropExpired(signal);
    expect(log.warn).toHaveBeenCalledOnce();
  });
});

describe('the id of a call', () => {
  const token: Actor = {
    kind: 'token',
    issuer: 'https://issuer.test',
    subject: 'user-1',
    accountId: 'acc_a',
    scopes: new Set(),
  };

  it('belongs to the credential', () => {
    const actors: Actor[] = [
      rootActor,
      keyActor(),
      { ...keyActor(), keyId: 'key_2' } as Actor,
      token,
      { ...token, issuer: 'https://other.test' },
      { ...token, subject: 'user-2' },
      { ...token, accountId: 'acc_b' },
    ];
    expect(new Set(actors.map((actor) => toCallId(actor, 'op', 'k'))).size).toBe(actors.length);
    expect(toCallId(keyActor('acc_a', []), 'op', 'k')).toBe(toCallId(keyActor(), 'op', 'k'));
  });

  it('and the fingerprint are short hashes', () => {
    expect(toCallId(rootActor, 'op', 'k')).toMatch(/^[\w-]{43}$/);
    expect(toFingerprint({ a: null })).toMatch(/^[\w-]{43}$/);
    expect(toFingerprint({ a: null })).not.toBe(toFingerprint({ a: {} }));
  });
});

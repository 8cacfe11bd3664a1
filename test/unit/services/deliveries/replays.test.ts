import { describe, expect, it } from 'vitest';
import type { ReplayInput } from '@tocsin/shared';
import type { ReplayClaim, ReplayStore } from '../../../../server/src/domain/ports/bulk-stores.ts';
import type { Replay } from '../../../../server/src/domain/replay.ts';
import type { AuditRecord, AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { createReplayWorker } from '../../../../server/src/services/deliveries/replay-worker.ts';
import { createReplayService } from '../../../../server/src/services/deliveries/replays.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { noQuotas } from '../../../support/no-quotas.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const access = accessTo({ app_test: 'acc_a' });

/** Jobs in memory. `count` deliveries match each of them. */
class MemoryReplays implements ReplayStore {
  readonly jobs = new Map<string, Replay>();
  readonly listed: unknown[] = [];
  readonly #left: number;

  constructor(left: number) {
    this.#left = left;
  }

  count(): Promise<number> {
    return Promise.resolve(this.#left);
  }

  insert(replay: Replay) {
    this.jobs.set(replay.id, replay);
    return Promise.resolve('inserted' as const);
  }

  get(id: string): Promise<Replay | undefined> {
    return Promise.resolve(this.jobs.get(id));
  }

  list(filter: unknown) {
    this.listed.push(filter);
    return Promise.resolve({ items: [], nextCursor: null });
  }

  cancel(id: string, at: number): Promise<boolean> {
    const job = this.jobs.get(id);
    if (job?.status !== 'running') return Promise.resolve(false);
    this.jobs.set(id, { ...job, status: 'cancelled', finishedAt: at });
    return Promise.resolve(true);
  }

  claimNext(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  requeueSome(): Promise<number> {
    return Promise.resolve(0);
  }

  cancelForWebhook(): Promise<void> {
    return Promise.resolve();
  }

  restoreDelivered(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  countRunning(): Promise<number> {
    return Promise.resolve(0);
  }
}

function serviceOn({ left = 5, enabled = true, events = ['*'] }: Given = {}) {
  const replays = new MemoryReplays(left);
  const records: AuditRecord[] = [];
  const scopes: unknown[] = [];
  const audit: Pick<AuditService, 'record'> = {
    record: (_, record) => {
      records.push(record);
      return Promise.resolve();
    },
  };
  const clock = new FakeClock();
  const service = createReplayService({
    replays,
    access,
    audit: audit as AuditService,
    quotas: noQuotas,
    calls: unkeyedCalls(clock),
    ids: createIds(),
    clock,
    keepMs: 30 * 86_400_000,
    findWebhook: (_actor, _id, scope) => {
      scopes.push(scope);
      return Promise.resolve(aWebhook({ enabled, events }));
    },
  });
  return { service, replays, records, clock, scopes };
}

interface Given {
  readonly left?: number;
  readonly enabled?: boolean;
  readonly events?: readonly string[];
}

const input: ReplayInput = {
  webhookId: 'wh_000000000001',
  since: '2025-12-31T00:00:00.000Z',
  status: 'failed',
  dryRun: false,
};

describe('starting a replay', () => {
  it('stores a job for what has ended by now, and puts it on record', async () => {
    const { service, replays, records, clock, scopes } = serviceOn();
    const { jobId, count } = await service.start(keyActor(), input);
    expect(count).toBe(5);
    expect(scopes).toEqual(['deliveries:write']);
    expect(replays.jobs.get(jobId ?? '')).toMatchObject({
      since: Date.parse(input.since),
      until: clock.now(),
      createdAt: clock.now(),
      status: 'running',
      total: 5,
      done: 0,
    });
    expect(records).toMatchObject([{ action: 'deliveries.replayed', accountId: 'acc_a' }]);
  });

  it.each([
    [['user.ban', '*'], undefined, undefined],
    [['license.*'], undefined, ['license.*', 'test', 'test.ping']],
    [['license.*'], ['license.created', 'user.ban', 'test'], ['license.created', 'test']],
    [['*'], ['user.ban'], ['user.ban']],
    [['user.login'], undefined, ['user.login', 'test', 'test.ping']],
    [['user.login'], ['user.ban', 'user.login'], ['user.login']],
    [['user.login'], ['user.ban'], []],
    [
      ['user.login', 'invoice.*'],
      ['user.*', 'invoice.line.*'],
      ['user.login', 'invoice.line.*'],
    ],
    [['user.login'], ['*'], ['user.login', 'test', 'test.ping']],
  ] as const)('of a webhook for %j and the types %j sends %j', async (events, chosen, expected) => {
    const { service, replays } = serviceOn({ events });
    const { jobId } = await service.start(rootActor, { ...input, events: chosen && [...chosen] });
    expect(replays.jobs.get(jobId ?? '')?.types).toEqual(expected);
  });

  it.each([
    ['a dry run', { left: 5 }, { dryRun: true }, 5],
    ['nothing to send', { left: 0 }, {}, 0],
    ['a dry run for a disabled webhook', { enabled: false }, { dryRun: true }, 5],
  ])('stores nothing and records nothing for %s', async (_, given, change, count) => {
    const { service, replays, records } = serviceOn(given);
    expect(await service.start(rootActor, { ...input, ...change })).toEqual({ jobId: null, count });
    expect([replays.jobs.size, records]).toEqual([0, []]);
  });

  it.each([
    ['a disabled webhook', { enabled: false }, {}, 'NOT_RETRYABLE'],
    ['a time that ends where it begins', {}, { until: input.since }, 'INVALID_INPUT'],
  ])('is refused for %s', async (_, given, change, code) => {
    const { service, replays, records } = serviceOn(given);
    await expect(service.start(rootActor, { ...input, ...change })).rejects.toMatchObject({ code });
    expect([replays.jobs.size, records]).toEqual([0, []]);
  });
});

it('leaves out what retention removes within an hour', async () => {
  const { service, replays, clock } = serviceOn();
  const { jobId } = await service.start(rootActor, { ...input, since: '2000-01-01T00:00:00.000Z' });
  expect(replays.jobs.get(jobId ?? '')?.since).toBe(clock.now() - 30 * 86_400_000 + 3_600_000);
});

describe('replay jobs', () => {
  it('are cancelled only by their account, and do not change once they have ended', async () => {
    const { service, replays, clock } = serviceOn();
    const { jobId } = await service.start(rootActor, input);
    const id = jobId ?? '';
    await expect(service.cancel(keyActor('acc_b'), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const reader = keyActor('acc_a', ['deliveries:read']);
    await expect(service.cancel(reader, id)).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
    expect(replays.jobs.get(id)?.status).toBe('running');
    const { finishedAt } = await service.cancel(keyActor(), id);
    clock.advance(1_000);
    expect(await service.cancel(keyActor(), id)).toMatchObject({ status: 'cancelled', finishedAt });
  });

  it('are listed only for the apps of the caller', async () => {
    const { service, replays } = serviceOn();
    const page = { cursor: undefined, limit: 10 };
    await service.list(keyActor(), { webhookId: 'wh_1' }, page);
    await service.list(keyActor('acc_b'), {}, page);
    await service.list(rootActor, {}, page);
    expect(replays.listed).toEqual([
      { accountId: 'acc_a', excludedAppIds: [], webhookId: 'wh_1' },
      { accountId: 'acc_b', excludedAppIds: [], webhookId: undefined },
      { excludedAppIds: [], webhookId: undefined },
    ]);
  });
});

describe('a round of the replays', () => {
  const jobOf = (accountId: string, id: string): Replay => ({
    id,
    appId: 'app_test',
    accountId,
    webhookId: 'wh_1',
    since: 0,
    until: 1,
    deliveryStatus: 'failed',
    types: undefined,
    status: 'running',
    total: 0,
    done: 0,
    createdAt: 0,
    finishedAt: null,
  });

  /** Runs one round over jobs that have `left` deliveries each. Returns the ids of the jobs it worked on. */
  async function runRound(
    jobs: readonly Replay[],
    left = 1_000,
    onBatch: (id: string, stop: AbortController) => void = () => {},
  ) {
    const clock = new FakeClock();
    const stop = new AbortController();
    const batches: [string, number][] = [];
    const claims: ReplayClaim[] = [];
    let wakes = 0;
    const worker = createReplayWorker({
      replays: {
        claimNext: (claim) => {
          claims.push(claim);
          const job = jobs.find(({ accountId }) => accountId > (claim.afterAccountId ?? ''));
          return Promise.resolve(job && { ...job, epoch: 1, limit: 70 });
        },
        requeueSome: ({ id, limit }) => {
          batches.push([id, limit]);
          onBatch(id, stop);
          return Promise.resolve(Math.min(left, limit));
        },
      },
      clock,
      log: silent,
      notifyDue: () => wakes++,
    });
    await worker(stop.signal);
    return { batches, claims, wakes };
  }

  it('requeues one bounded batch for each account, whatever the number and size of its jobs', async () => {
    const many = Array.from({ length: 50 }, (_, n) => jobOf('acc_a', `rpl_a${n}`));
    const { batches, claims, wakes } = await runRound([...many, jobOf('acc_b', 'rpl_b')]);
    expect(batches).toEqual([
      ['rpl_a0', 70],
      ['rpl_b', 70],
    ]);
    expect(claims.map(({ afterAccountId }) => afterAccountId)).toEqual([undefined, 'acc_a', 'acc_b']);
    expect(claims[0]).toMatchObject({ leaseMs: 30_000, pace: { burst: 200, perSecond: 200 } });
    expect(wakes).toBe(2);
  });

  it('wakes the engine only for deliveries', async () => {
    expect(await runRound([jobOf('acc_a', 'rpl_1')], 0)).toMatchObject({ wakes: 0 });
  });

  it('ends after the batch in which the process stops', async () => {
    const jobs = [jobOf('acc_a', 'rpl_1'), jobOf('acc_b', 'rpl_2')];
    expect((await runRound(jobs, 1, (_, stop) => stop.abort())).batches).toHaveLength(1);
  });

  it('works on the other accounts if the batch of one fails', async () => {
    const jobs = [jobOf('acc_a', 'rpl_1'), jobOf('acc_b', 'rpl_2')];
    const { batches } = await runRound(jobs, 1, (id) => {
      if (id === 'rpl_1') throw new Error('no primary');
    });
    expect(batches.map(([id]) => id)).toEqual(['rpl_1', 'rpl_2']);
  });
});

import { describe, expect, it } from 'vitest';
import type { ReplayInput } from '@tocsin/shared';
import type { ReplayStore } from '../../../../server/src/domain/ports/bulk-stores.ts';
import type { Replay } from '../../../../server/src/domain/replay.ts';
import type { AuditRecord, AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { createReplayWorker } from '../../../../server/src/services/deliveries/replay-worker.ts';
import { createReplayService } from '../../../../server/src/services/deliveries/replays.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { noQuotas } from '../../../support/no-quotas.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const access = accessTo({ app_test: 'acc_a' });

/** Jobs in memory. `count` deliveries match each of them. */
class MemoryReplays implements ReplayStore {
  readonly jobs = new Map<string, Replay>();
  readonly requeued: number[] = [];
  readonly listed: unknown[] = [];
  onRequeue: () => void = () => {};
  #left: number;

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

  claim(): Promise<Replay | undefined> {
    return Promise.resolve([...this.jobs.values()].find((job) => job.status === 'running'));
  }

  requeueSome(_: Replay, __: number, limit: number): Promise<number> {
    const count = Math.min(this.#left, limit);
    this.#left -= count;
    this.requeued.push(count);
    this.onRequeue();
    return Promise.resolve(count);
  }
}

function serviceOn({ left = 5, enabled = true } = {}) {
  const replays = new MemoryReplays(left);
  const records: AuditRecord[] = [];
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
    ids: createIds(),
    clock,
    findWebhook: () => Promise.resolve(aWebhook({ enabled })),
  });
  return { service, replays, records, clock };
}

const input: ReplayInput = {
  webhookId: 'wh_000000000001',
  since: '2025-12-31T00:00:00.000Z',
  status: 'failed',
  dryRun: false,
};

describe('starting a replay', () => {
  it('stores a job for what has ended by now, and puts it on record', async () => {
    const { service, replays, records, clock } = serviceOn();
    const { jobId, count } = await service.start(keyActor(), input);
    expect(count).toBe(5);
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

describe('working on a replay', () => {
  async function workOn(left: number, onRequeue?: (replays: MemoryReplays, stop: AbortController) => void) {
    const { service, replays, clock } = serviceOn({ left });
    await service.start(rootActor, input);
    const stop = new AbortController();
    replays.onRequeue = () => onRequeue?.(replays, stop);
    let wakes = 0;
    await createReplayWorker({ replays, clock, log: silent, wake: () => wakes++ })(stop.signal);
    return { requeued: replays.requeued, wakes };
  }

  it('continues until a batch is not full, and notifies the workers for each with deliveries', async () => {
    expect(await workOn(200)).toEqual({ requeued: [200, 0], wakes: 1 });
    expect(await workOn(230)).toEqual({ requeued: [200, 30], wakes: 2 });
  });

  it('ends after the batch in which it is cancelled', async () => {
    const cancelAll = (replays: MemoryReplays) => {
      for (const id of replays.jobs.keys()) void replays.cancel(id, 0);
    };
    expect(await workOn(1_000, cancelAll)).toEqual({ requeued: [200], wakes: 1 });
  });

  it('ends after the batch in which the process stops', async () => {
    expect(await workOn(1_000, (_, stop) => stop.abort())).toEqual({ requeued: [200], wakes: 1 });
  });

  it('leaves the job to the next run when the database fails', async () => {
    const fail = () => {
      throw new Error('no primary');
    };
    expect(await workOn(1_000, fail)).toEqual({ requeued: [200], wakes: 0 });
  });
});

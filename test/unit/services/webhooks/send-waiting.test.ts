import { expect, it } from 'vitest';
import type { TestResult } from '@tocsin/shared';
import { unknownHealth, type EndpointHealth } from '../../../../server/src/domain/endpoint-health.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import type { AuditRecord, AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createSendWaiting } from '../../../../server/src/services/webhooks/send-waiting.ts';
import { rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const paused: EndpointHealth = {
  ...unknownHealth,
  failuresInARow: 10,
  failingSince: 0,
  lastFailureAt: 10_000,
  lastFailureReason: 'timeout',
};

const success: TestResult = {
  delivered: true,
  statusCode: 200,
  reason: null,
  durationMs: 3,
  reply: '',
} as TestResult; // `as`: the service reads no more

interface Given {
  readonly webhook?: Partial<Webhook>;
  readonly health?: EndpointHealth;
  readonly test?: Partial<TestResult>;
  readonly waiting?: number;
  readonly dueNow?: number;
  /** How long each batch takes, ms. */
  readonly batchMs?: number;
}

function sceneOn({ webhook: change, health, test = {}, waiting = 7, dueNow = 2, batchMs = 0 }: Given = {}) {
  const clock = new FakeClock();
  const webhook = aWebhook(change);
  const steps: unknown[] = [];
  const records: AuditRecord[] = [];
  const send = createSendWaiting({
    webhooks: {
      resetHealth: (_, at) => {
        steps.push(['reset health', at]);
        return Promise.resolve(true);
      },
    },
    deliveries: {
      resume: (_id, which, at, limit) => {
        steps.push(['resume', which, at, limit]);
        clock.advance(batchMs);
        return Promise.resolve(Math.min(limit ?? 0, 5_000));
      },
    },
    backlogs: {
      readBacklog: () =>
        Promise.resolve({
          waiting,
          dueNow,
          underWay: 0,
          oldestAt: null,
          nextDueAt: null,
          failed: 0,
          isCapped: false,
        }),
    },
    health: {
      get: (ids) => Promise.resolve(new Map(health === undefined ? [] : ids.map((id) => [id, health]))),
    },
    testWebhook: () => {
      steps.push('test');
      return Promise.resolve({ ...success, ...test });
    },
    findWebhook: (_, id, scope) => {
      steps.push([id, scope]);
      return Promise.resolve(webhook);
    },
    audit: {
      record: (_, record) => {
        records.push(record);
        return Promise.resolve();
      },
    } as AuditService, // `as`: the service only records
    clock,
    onResumed: (_, resetsHealth) => void steps.push(['resumed', resetsHealth]),
  });
  return { run: async () => await send(rootActor, { id: webhook.id }), steps, records, clock, webhook };
}

it('makes what waits for later due now, and records it', async () => {
  const { run, steps, records, clock, webhook } = sceneOn();
  expect(await run()).toEqual({ count: 5, remaining: 0, test: null });
  expect(steps).toEqual([
    [webhook.id, 'webhooks:write'],
    ['resume', 'all', clock.now(), 5],
    ['resumed', false],
  ]);
  expect(records).toMatchObject([
    { action: 'webhook.backlog_sent', targetId: webhook.id, details: { count: 5, resumed: false } },
  ]);
});

it('does so for seconds at most, and says how many are left', async () => {
  expect(await sceneOn({ waiting: 25_000, dueNow: 0 }).run()).toMatchObject({ count: 25_000, remaining: 0 });
  const slow = sceneOn({ waiting: 25_000, dueNow: 0, batchMs: 2_000 });
  expect(await slow.run()).toMatchObject({ count: 10_000, remaining: 15_000 });
});

it('changes nothing if all that waits is due', async () => {
  const { run, steps } = sceneOn({ waiting: 2 });
  expect(await run()).toEqual({ count: 0, remaining: 0, test: null });
  expect(steps.flat()).not.toContain('resume');
});

it('tests a paused endpoint first, which is active again if that succeeds', async () => {
  const { run, steps, records, clock } = sceneOn({ health: paused });
  expect(await run()).toMatchObject({ count: 5, test: { delivered: true } });
  expect(steps.slice(1)).toEqual([
    'test',
    ['reset health', clock.now()],
    ['resume', 'all', clock.now(), 5],
    ['resumed', true],
  ]);
  expect(records).toMatchObject([{ details: { resumed: true } }]);
  const failing = sceneOn({ health: { ...paused, failuresInARow: 9 } });
  expect(await failing.run()).toMatchObject({ test: null });
});

it.each<[Partial<TestResult>, string]>([
  [{ reason: 'http_status', statusCode: 500 }, '(http_status, HTTP 500)'],
  [{ reason: 'timeout', statusCode: null }, '(timeout)'],
  [{ reason: null, statusCode: null }, '(unknown)'],
])('is rejected if the test of a paused endpoint ends with %j', async (result, words) => {
  const { run, steps, records } = sceneOn({ health: paused, test: { delivered: false, ...result } });
  await expect(run()).rejects.toMatchObject({
    code: 'NOT_RETRYABLE',
    message: expect.stringContaining(`its test ping failed ${words}; repair`) as string,
  });
  expect([steps.at(-1), records]).toEqual(['test', []]);
});

it('is rejected for a disabled webhook, with the reason', async () => {
  const { run, steps } = sceneOn({ webhook: { enabled: false, disabledReason: 'gone' } });
  await expect(run()).rejects.toMatchObject({
    code: 'NOT_RETRYABLE',
    message: expect.stringMatching(/disabled because the endpoint returned 410 Gone.*enable it/) as string,
  });
  expect(steps).toHaveLength(1);
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isTocsinError } from '../../../../server/src/domain/errors.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import {
  createPublish,
  publishEach,
  type Publication,
  type PublishDeps,
} from '../../../../server/src/services/events/publish.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { builtInTypes } from '../../../support/event-types.ts';
import { loginData } from '../../../support/publishing.ts';

const root = { kind: 'root' } as const;
const publication: Publication = { appId: 'app_test', event: 'user.login', data: loginData, requestId: 'r1' };

interface Given {
  readonly requireApp?: () => string | Promise<string>;
  readonly listForApp?: PublishDeps['webhookCache']['listForApp'];
  readonly eventTypes?: PublishDeps['eventTypes'];
  readonly accept?: (event: AcceptedEvent, deadline: number) => Promise<AcceptedEvent>;
}

function publishWith(given: Given) {
  const logged: object[] = [];
  const ignore = () => {};
  const publish = createPublish({
    access: { requireApp: given.requireApp ?? (() => 'acc_a') },
    webhookCache: { listForApp: given.listForApp ?? (() => [aWebhook({ events: ['user.login'] })]) },
    ingester: { accept: given.accept ?? ((event) => Promise.resolve(event)) },
    eventTypes: given.eventTypes ?? builtInTypes,
    ids: createIds(),
    clock: new FakeClock(),
    log: {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (fields, message) => logged.push({ ...fields, message }),
    },
  });
  return { publish, logged };
}

const never = () => new Promise<never>(() => {});

describe('a publish call', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['the app', { requireApp: never }],
    ['the webhooks', { listForApp: never }],
    ['the event type', { eventTypes: { ...builtInTypes, find: never } }],
  ])('that waits for %s ends by its deadline, and says that nothing is stored', async (_, given) => {
    const { publish } = publishWith(given);
    const startedAt = performance.now();
    const failed = publish(root, { ...publication, deadline: startedAt + 3_000 }).catch(
      (error: unknown) => [error, performance.now() - startedAt] as const,
    );
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await failed).toMatchObject([
      {
        code: 'UNAVAILABLE',
        retryAfterSeconds: 2,
        message: expect.stringMatching(/was not stored/) as unknown,
      },
      3_000,
    ]);
  });

  it('gives the insert what its look-ups have left', async () => {
    const accept = vi.fn((event: AcceptedEvent, _deadline: number) => Promise.resolve(event));
    const slowly = () => new Promise<string>((resolve) => setTimeout(() => resolve('acc_a'), 2_000));
    const { publish } = publishWith({ requireApp: slowly, accept });
    const startedAt = performance.now();
    const published = publish(root, publication);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await published).deliveries).toBe(1);
    const deadline = accept.mock.calls[0]?.[1] ?? 0;
    expect(deadline - startedAt).toBeGreaterThan(7_000);
    expect(deadline - startedAt).toBeLessThan(9_000);
  });
});

it('stores the event for the enabled webhooks that select it', async () => {
  const stored: AcceptedEvent[] = [];
  const hooks = [
    aWebhook({ events: ['user.*'] }),
    aWebhook({ events: ['license.revoked'] }),
    aWebhook({ events: ['user.login'] }),
  ];
  const { publish } = publishWith({
    listForApp: () => hooks,
    accept: (event) => Promise.resolve((stored.push(event), event)),
  });
  const { id, deliveries } = await publish(root, { ...publication, idempotencyKey: 'k1' });
  expect(stored).toMatchObject([
    {
      id,
      appId: 'app_test',
      accountId: 'acc_a',
      idempotencyKey: 'k1',
      targets: [hooks[0]?.id, hooks[2]?.id],
    },
  ]);
  expect(deliveries).toBe(2);
});

it('fails with an internal error that is logged, and leaves the other events of a call alone', async () => {
  let calls = 0;
  const { publish, logged } = publishWith({
    accept: (event) => (++calls === 2 ? Promise.reject(new Error('a bug')) : Promise.resolve(event)),
  });
  const results = await publishEach([publication, publication, publication], (one) => publish(root, one));
  expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['ok', 'INTERNAL', 'ok']);
  expect(results[1]).toMatchObject({ message: expect.not.stringContaining('a bug') as unknown });
  expect(logged).toMatchObject([{ err: { message: 'a bug' }, appId: 'app_test', requestId: 'r1' }]);
});

it('passes errors for the caller on, and logs none of them', async () => {
  const { publish, logged } = publishWith({});
  const error: unknown = await publish(root, { ...publication, data: {} }).catch((reason: unknown) => reason);
  expect(isTocsinError(error) && error.code).toBe('INVALID_INPUT');
  expect(logged).toEqual([]);
});

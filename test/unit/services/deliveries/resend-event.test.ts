import { describe, expect, it } from 'vitest';
import type { Delivery, SentByHand } from '../../../../server/src/domain/delivery.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { NewTarget } from '../../../../server/src/domain/ports/delivery-store.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { createResendEvent } from '../../../../server/src/services/deliveries/resend-event.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent, aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const hourMs = 3_600_000;
const keepMs = 24 * hourMs;
const ofAppA = { appId: 'app_a', accountId: 'acc_a' };

interface Given {
  readonly event?: Partial<AcceptedEvent>;
  readonly webhook?: Partial<Webhook>;
  /** The delivery of the event to the webhook. Undefined: there is none. */
  readonly known?: Partial<Delivery>;
  readonly isBeingSent?: boolean;
}

function resendOn({ event: eventChange, webhook: webhookChange, known, isBeingSent = false }: Given = {}) {
  const clock = new FakeClock();
  const event = anEvent({ ...ofAppA, acceptedAt: clock.now(), targets: ['wh_other'], ...eventChange });
  const webhook = aWebhook({ ...ofAppA, id: 'wh_b', events: ['user.ban'], ...webhookChange });
  const calls: string[] = [];
  const audited: unknown[] = [];
  const toDelivery = (change: Partial<Delivery>): Delivery => ({
    id: 'dlv_b',
    eventId: event.id,
    webhookId: webhook.id,
    ...ofAppA,
    type: event.type,
    status: 'pending',
    reason: 'awaiting_first_attempt',
    attempts: [],
    attemptCount: 0,
    dueAt: clock.now(),
    createdAt: event.acceptedAt,
    finishedAt: null,
    ...change,
  });
  let stored = known === undefined ? undefined : toDelivery(known);
  const change = (call: string, sentByHand: SentByHand | undefined) => {
    calls.push(call);
    stored = toDelivery({ sentByHand });
  };
  const resend = createResendEvent({
    deliveries: {
      get: () => Promise.resolve(stored),
      list: () => Promise.resolve({ items: stored === undefined ? [] : [stored], nextCursor: null }),
      addTarget: (_event, target: NewTarget) => {
        change(`add for ${target.sentByHand.by}`, target.sentByHand);
        return Promise.resolve('dlv_b');
      },
      retryNow: (_delivery, _at, sentByHand) => {
        if (!isBeingSent) change('retry', sentByHand);
        return Promise.resolve(!isBeingSent);
      },
    },
    events: { get: (id) => Promise.resolve(id === event.id ? event : undefined) },
    webhooks: { get: (id) => Promise.resolve(id === webhook.id ? webhook : undefined) },
    eventTypes: { find: () => undefined },
    access: accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' }),
    audit: {
      record: (_actor, record) => {
        audited.push(record);
        return Promise.resolve();
      },
    },
    calls: unkeyedCalls(clock),
    clock,
    keepMs,
    getDetail: (_actor, { id }) => Promise.resolve({ id } as Awaited<ReturnType<typeof resend>>),
    notifyDue: () => calls.push('due'),
  });
  const input = { eventId: event.id, webhookId: webhook.id };
  return { resend, input, calls, audited };
}

describe('sending an event to another webhook', () => {
  it.each([
    [{ eventId: 'evt_none' }, 'no event evt_none'],
    [{ webhookId: 'wh_none' }, 'no webhook wh_none'],
  ])('is rejected for what does not exist: %j', async (change, message) => {
    const { resend, input, calls } = resendOn();
    await expect(resend(rootActor, { ...input, ...change })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message,
    });
    expect(calls).toEqual([]);
  });

  it('adds a delivery, although the webhook is not subscribed, and is recorded', async () => {
    const { resend, input, calls, audited } = resendOn();
    expect(await resend(keyActor(), input)).toEqual({ id: 'dlv_b' });
    expect(calls).toEqual(['add for CI', 'due']);
    const details = { ...input, event: 'user.login' };
    expect(audited).toMatchObject([{ action: 'delivery.resent', targetId: 'dlv_b', ...ofAppA, details }]);
  });

  it('sends a delivery that ended again, and one that waits for its first attempt only once', async () => {
    const { resend, input, calls } = resendOn({ known: { status: 'failed', attemptCount: 3 } });
    await resend(keyActor(), input);
    await resend(keyActor(), input);
    expect(calls).toEqual(['retry', 'due']);
  });

  it.each<[string, Given, RegExp]>([
    [
      'a disabled webhook',
      { webhook: { enabled: false } },
      /webhook wh_b was switched off by a user.*enable the webhook first$/,
    ],
    ['a test ping', { event: { type: 'test.ping' } }, /is a test ping/],
    ['a delivery that is being sent', { known: {}, isBeingSent: true }, /is being sent right now/],
    [
      'an event that retention removes soon',
      { event: { acceptedAt: new FakeClock().now() - keepMs } },
      /retention/,
    ],
    ['a target whose delivery retention removed', { event: { targets: ['wh_b'] } }, /retention/],
  ])('is rejected for %s', async (_, given, message) => {
    const { resend, input, calls, audited } = resendOn(given);
    await expect(resend(rootActor, input)).rejects.toMatchObject({
      code: 'NOT_RETRYABLE',
      message: expect.stringMatching(message) as unknown,
    });
    expect([calls, audited]).toEqual([[], []]);
  });

  it('names both apps if the webhook is of another one', async () => {
    const { resend, input, calls } = resendOn({ webhook: { appId: 'app_a2' } });
    await expect(resend(keyActor(), input)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/app app_a2; choose one of app_a/) as unknown,
    });
    expect(calls).toEqual([]);
  });

  it.each<[string, Given, string]>([
    ['a webhook', { webhook: { appId: 'app_b', accountId: 'acc_b' } }, 'no webhook wh_b'],
    ['an event', { event: { appId: 'app_b', accountId: 'acc_b' } }, 'no event'],
  ])('does not find %s of another account', async (_, given, message) => {
    const { resend, input } = resendOn(given);
    await expect(resend(keyActor(), input)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('needs the scope deliveries:write', async () => {
    const { resend, input } = resendOn();
    await expect(resend(keyActor('acc_a', ['deliveries:read']), input)).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
    });
  });
});

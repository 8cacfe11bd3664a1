import { describe, expect, it, vi } from 'vitest';
import type { AlertChannel, AlertMessage } from '../../../../server/src/domain/alert.ts';
import type { PingEndpoint } from '../../../../server/src/domain/ports/sending.ts';
import {
  AlertSender,
  createSendToChannel,
  type Sent,
} from '../../../../server/src/services/alerts/send-alerts.ts';
import { MemoryAlertStore } from '../../../../server/testing/src/store/alerts/alert-store.ts';
import { anAlertChannel, anAlertMessage } from '../../../support/alert-builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const minute = 60_000;
const failure: Sent = { error: 'http_status 500', isFinal: false };
const success: Sent = { error: null, isFinal: true };

/** Channels and messages in memory. `results` are those of the next tries; then they succeed. */
async function aScene(results: readonly Sent[] = []) {
  const alerts = new MemoryAlertStore();
  const clock = new FakeClock();
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const next = [...results];
  const sent: string[] = [];
  const send = (_channel: AlertChannel, { id }: AlertMessage) => {
    sent.push(id);
    return Promise.resolve(next.shift() ?? success);
  };
  const sender = new AlertSender({ alerts, send, clock, log });
  const sendAlerts = () => sender.run();
  const put = async (...messages: AlertMessage[]) =>
    alerts.apply({ opened: [], told: [], closed: [], messages });
  const channel = async (change: Partial<AlertChannel> = {}) => {
    const added = anAlertChannel(change);
    await alerts.insertChannel(added, 100);
    return added;
  };
  const messages = async () => {
    const { items } = await alerts.listMessages({}, { cursor: undefined, limit: 100 });
    return items.toReversed();
  };
  return { alerts, clock, log, sent, sendAlerts, put, channel, messages };
}

describe('messages that are due', () => {
  it('are sent once, the longest due first', async () => {
    const { clock, sent, sendAlerts, put, channel, messages } = await aScene();
    const { id: channelId } = await channel();
    const now = clock.now();
    const later = anAlertMessage(now, { channelId });
    const sooner = anAlertMessage(now - 1, { channelId });
    const future = anAlertMessage(now, { channelId, nextAt: now + 1 });
    await put(later, sooner, future);
    await sendAlerts();
    await sendAlerts();
    expect(sent).toEqual([sooner.id, later.id]);
    const stored = await messages();
    expect(stored.find(({ id }) => id === sooner.id)).toMatchObject({
      status: 'sent',
      tries: 1,
      nextAt: null,
      sentAt: now,
      error: null,
    });
    expect(stored.find(({ id }) => id === future.id)).toMatchObject({ status: 'waiting', tries: 0 });
  });

  it('are tried again after growing delays, and given up at last', async () => {
    const { clock, log, sendAlerts, put, channel, messages } = await aScene(
      Array.from({ length: 6 }, () => failure),
    );
    await put(anAlertMessage(clock.now(), { channelId: (await channel()).id }));
    const delays: (number | null)[] = [];
    for (let tries = 1; tries <= 6; tries++) {
      await sendAlerts();
      const [message] = await messages();
      expect(message).toMatchObject({ tries, error: 'http_status 500', sentAt: null });
      expect(message?.status).toBe(tries === 6 ? 'failed' : 'waiting');
      const nextAt = message?.nextAt ?? null;
      delays.push(nextAt === null ? null : nextAt - clock.now());
      clock.advance(delays.at(-1) ?? 0);
      expect(log.warn).toHaveBeenCalledTimes(tries === 6 ? 1 : 0);
    }
    expect(delays).toEqual([10_000, minute, 5 * minute, 30 * minute, 120 * minute, null]);
  });

  it('are given up at once if another try would fail as well', async () => {
    const { clock, sendAlerts, put, channel, messages } = await aScene([
      { error: 'the endpoint returned 410 Gone', isFinal: true },
    ]);
    await put(anAlertMessage(clock.now(), { channelId: (await channel()).id }));
    await sendAlerts();
    expect(await messages()).toMatchObject([
      { status: 'failed', tries: 1, nextAt: null, error: 'the endpoint returned 410 Gone' },
    ]);
  });

  it('wait behind a failure of their channel, not behind that of another one', async () => {
    const { clock, sent, sendAlerts, put, channel } = await aScene([failure]);
    const [first, second] = [await channel(), await channel()];
    const now = clock.now();
    const failed = anAlertMessage(now - 3, { channelId: first.id });
    const behind = anAlertMessage(now - 2, { channelId: first.id });
    const other = anAlertMessage(now - 1, { channelId: second.id });
    await put(failed, behind, other);
    await sendAlerts();
    expect(sent).toEqual([failed.id, other.id]);
  });

  it('fail if their channel is gone, and do not keep others', async () => {
    const { clock, sent, sendAlerts, put, messages } = await aScene();
    const now = clock.now();
    await put(
      anAlertMessage(now - 1, { channelId: 'ach_gone' }),
      anAlertMessage(now, { channelId: 'ach_gone' }),
    );
    await sendAlerts();
    expect(sent).toEqual([]);
    const gone = { status: 'failed', tries: 0, nextAt: null, error: 'the channel was deleted' };
    expect(await messages()).toMatchObject([gone, gone]);
  });
});

describe('a channel', () => {
  it.each<[string, string | null, number]>([
    ['the operator', null, 30],
    ['an account', 'acc_a', 10],
  ])('of %s takes a limited number of messages in ten minutes', async (_owner, accountId, max) => {
    const { alerts, clock, sent, sendAlerts, put, channel } = await aScene();
    const { id: channelId } = await channel({ accountId });
    const start = clock.now();
    await put(
      ...Array.from({ length: max + 2 }, (_, index) => anAlertMessage(start - 100 + index, { channelId })),
    );
    await sendAlerts();
    expect(sent).toHaveLength(max);
    // The others wait until the oldest leaves the window.
    expect(await alerts.listDue(start + 10 * minute - 1, 100)).toEqual([]);
    expect(await alerts.listDue(start + 10 * minute, 100)).toHaveLength(2);
    clock.advance(10 * minute);
    await sendAlerts();
    expect(sent).toHaveLength(max + 2);
  });

  it('is limited over several runs, and on its own', async () => {
    const { clock, sent, sendAlerts, put, channel } = await aScene();
    const [full, other] = [await channel(), await channel()];
    const now = clock.now();
    const messages = Array.from({ length: 11 }, () => anAlertMessage(now, { channelId: full.id }));
    for (const message of messages) {
      await put(message);
      await sendAlerts();
    }
    expect(sent).toHaveLength(full.accountId === null ? 11 : 10);
    const mine = anAlertMessage(now, { channelId: other.id });
    await put(mine);
    await sendAlerts();
    expect(sent.at(-1)).toBe(mine.id);
  });
});

describe('a try', () => {
  const secretBox = { decrypt: (sealed: string) => sealed };
  const message = anAlertMessage(0, { ruleName: 'Failing' });
  type Pinged = Awaited<ReturnType<PingEndpoint>>;
  // `as`: the try reads no other fields of the result.
  const pinging = (result: Pick<Pinged, 'reason' | 'statusCode'>) =>
    createSendToChannel({ ping: () => Promise.resolve(result as Pinged), mailer: undefined, secretBox });

  it.each<[Pinged['reason'], number | null, Sent]>([
    [null, 200, { error: null, isFinal: true }],
    ['http_status', 500, { error: 'the endpoint returned 500', isFinal: false }],
    ['http_status', 410, { error: 'the endpoint returned 410', isFinal: true }],
    ['timeout', null, { error: 'the request timed out', isFinal: false }],
    ['gone', 410, { error: 'the endpoint returned 410 Gone', isFinal: true }],
    [
      'destination_removed',
      404,
      { error: 'the chat service reports that this webhook no longer exists (HTTP 404)', isFinal: true },
    ],
    // As for deliveries: the name can have another address at the next try.
    [
      'address_refused',
      null,
      { error: 'the host resolves to an address that is not allowed', isFinal: false },
    ],
  ])('that ends with %s %s', async (reason, statusCode, expected) => {
    expect(await pinging({ reason, statusCode })(anAlertChannel(), message)).toEqual(expected);
  });

  it('by e-mail has the title as its subject, and the rule in its text', async () => {
    const mails: unknown[] = [];
    const send = createSendToChannel({
      ping: () => Promise.reject(new Error('not used')),
      mailer: { send: (mail) => Promise.resolve(void mails.push(mail)), close: () => {} },
      secretBox,
    });
    const channel = anAlertChannel({ kind: 'email', url: 'mailto:ops@example.com' });
    expect(await send(channel, message)).toEqual({ error: null, isFinal: true });
    await send(channel, { ...message, ruleName: null });
    const text = 'This channel works. Alerts of its rules arrive here.\n';
    const mail = { to: 'ops@example.com', subject: '[Tocsin] Test alert', messageId: message.id };
    expect(mails).toEqual([
      { ...mail, text: `${text}\nRule: Failing\n` },
      { ...mail, text },
    ]);
  });

  it('by e-mail fails for now without a mail server', async () => {
    const send = pinging({ reason: null, statusCode: 200 });
    const channel = anAlertChannel({ kind: 'email', url: 'mailto:ops@example.com' });
    expect(await send(channel, message)).toEqual({
      error: 'the server has no mail server: SMTP_URL is not set',
      isFinal: false,
    });
  });

  it('that throws fails with a short error', async () => {
    const send = (error: unknown) =>
      createSendToChannel({
        ping: async () => {
          throw error;
        },
        mailer: undefined,
        secretBox,
      })(anAlertChannel(), message);
    expect(await send(new Error('x'.repeat(400)))).toEqual({ error: 'x'.repeat(300), isFinal: false });
    expect(await send('no error')).toEqual({ error: 'no error', isFinal: false });
  });
});

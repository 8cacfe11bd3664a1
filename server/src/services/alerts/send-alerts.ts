import type { AttemptReason } from '@tocsin/shared';
import { toChannelWebhook, type AlertChannel, type AlertMessage } from '../../domain/alert.ts';
import type { AlertMessageResult, AlertStore } from '../../domain/ports/alert-store.ts';
import type { Mailer } from '../../domain/ports/mailer.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { PingEndpoint } from '../../domain/ports/sending.ts';
import { openUrl } from '../../domain/webhook-endpoint.ts';
import { toAlertEvent, toDetails, toTitle } from './alert-event.ts';

export interface SendToChannelDeps {
  /** Sends one request like a test ping: formatted, signed, and through the SSRF guard. */
  readonly ping: PingEndpoint;
  /** Undefined: the server has no mail server. */
  readonly mailer: Mailer | undefined;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
}

/** The result of one try. Null: the channel took the message. */
export interface Sent {
  readonly error: string | null;
  /** Whether another try would fail as well. */
  readonly isFinal: boolean;
}

export type SendToChannel = (channel: AlertChannel, message: AlertMessage) => Promise<Sent>;

/** Reasons that no later try changes. */
const finalReasons: ReadonlySet<AttemptReason> = new Set<AttemptReason>(['gone', 'destination_removed']);

/** Sends a message to a channel. Never rejects. */
export function createSendToChannel({ ping, mailer, secretBox }: SendToChannelDeps): SendToChannel {
  async function sendMail(channel: AlertChannel, message: AlertMessage): Promise<Sent> {
    if (mailer === undefined)
      return { error: 'the server has no mail server: SMTP_URL is not set', isFinal: false };
    const to = openUrl(secretBox, channel).slice('mailto:'.length);
    const rule = message.ruleName === null ? [] : ['', `Rule: ${message.ruleName}`];
    const text = [toDetails(message), ...rule, ''].join('\n');
    await mailer.send({ to, subject: `[Tocsin] ${toTitle(message)}`, text, messageId: message.id });
    return { error: null, isFinal: true };
  }

  async function sendRequest(channel: AlertChannel, message: AlertMessage): Promise<Sent> {
    const { reason, statusCode } = await ping(toChannelWebhook(channel), toAlertEvent(message, message.id));
    if (reason === null) return { error: null, isFinal: true };
    return {
      error: statusCode === null ? reason : `${reason} ${statusCode}`,
      isFinal: finalReasons.has(reason) || statusCode === 410,
    };
  }

  return async (channel, message) => {
    try {
      return await (channel.kind === 'email' ? sendMail : sendRequest)(channel, message);
    } catch (error) {
      return { error: toErrorText(error), isFinal: false };
    }
  };
}

const maxErrorLength = 300;

function toErrorText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, maxErrorLength);
}

export interface SendAlertsDeps {
  readonly alerts: Pick<AlertStore, 'listDue' | 'getChannels' | 'setResult'>;
  readonly send: SendToChannel;
  readonly clock: Clock;
  readonly log: Log;
}

/** Delays before the second, third, ... try. */
const retryDelaysMs = [10_000, 60_000, 5 * 60_000, 30 * 60_000, 2 * 60 * 60_000] as const;

const maxSent = 100;

/** Messages that a channel gets in a time. The others wait. */
const maxPerChannel = { operator: 30, account: 10 } as const;
const windowMs = 10 * 60_000;

/** Sends the messages that are due, those of one channel one after the other. */
export function createSendAlerts({ alerts, send, clock, log }: SendAlertsDeps) {
  const sentAt = new Map<string, number[]>();

  /** Returns when the channel has room again, or undefined if it has room now. */
  function takeTurn({ id, accountId }: AlertChannel, now: number): number | undefined {
    const recent = (sentAt.get(id) ?? []).filter((at) => at > now - windowMs);
    const max = accountId === null ? maxPerChannel.operator : maxPerChannel.account;
    const [oldest] = recent;
    sentAt.set(id, recent);
    if (recent.length >= max && oldest !== undefined) return oldest + windowMs;
    recent.push(now);
    return undefined;
  }

  /** Returns whether the channel takes messages. */
  async function sendOne(channel: AlertChannel | undefined, message: AlertMessage): Promise<boolean> {
    const now = clock.now();
    if (channel === undefined) {
      const error = 'the channel was deleted';
      await alerts.setResult(message.id, { ...message, status: 'failed', nextAt: null, error });
      return true;
    }
    const waitUntil = takeTurn(channel, now);
    if (waitUntil !== undefined) {
      await alerts.setResult(message.id, { ...message, nextAt: waitUntil });
      return true;
    }
    const result = toResult(message, await send(channel, message), clock.now());
    await alerts.setResult(message.id, result);
    if (result.status === 'failed') {
      const { channelId, tries, error } = { ...message, ...result };
      log.warn({ channelId, tries, error }, 'alert not sent; giving up');
    }
    return result.status === 'sent';
  }

  return async function sendAlerts(): Promise<void> {
    const due = await alerts.listDue(clock.now(), maxSent);
    if (due.length === 0) return;
    const byChannel = new Map<string, AlertMessage[]>();
    for (const message of due) {
      byChannel.set(message.channelId, [...(byChannel.get(message.channelId) ?? []), message]);
    }
    const channels = new Map(
      (await alerts.getChannels([...byChannel.keys()])).map((channel) => [channel.id, channel]),
    );
    await Promise.all(
      [...byChannel].map(async ([id, messages]) => {
        // The first failure ends the turn of the channel: one that hangs must not keep the monitor.
        for (const message of messages) if (!(await sendOne(channels.get(id), message))) return;
      }),
    );
  };
}

function toResult(message: AlertMessage, { error, isFinal }: Sent, now: number): AlertMessageResult {
  const tries = message.tries + 1;
  if (error === null) return { status: 'sent', tries, nextAt: null, sentAt: now, error: null };
  const delay = isFinal ? undefined : retryDelaysMs[tries - 1];
  return delay === undefined
    ? { status: 'failed', tries, nextAt: null, sentAt: null, error }
    : { status: 'waiting', tries, nextAt: now + delay, sentAt: null, error };
}

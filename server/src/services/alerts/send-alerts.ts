import { describeAttempt, type AttemptReason } from '@tocsin/shared';
import { toChannelWebhook, type AlertChannel, type AlertMessage } from '../../domain/alert.ts';
import { groupBy } from '../../domain/group-by.ts';
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
      error: describeAttempt(reason, statusCode),
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

export interface AlertSenderDeps {
  readonly alerts: Pick<AlertStore, 'listDue' | 'getChannels' | 'setResult' | 'postpone'>;
  readonly send: SendToChannel;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * How long a run waits for channels that take messages slowly, ms. They go on beside the next runs.
   *
   * @default 5,000
   */
  readonly waitMs?: number;
}

/** Delays before the second, third, ... try. */
const retryDelaysMs = [10_000, 60_000, 5 * 60_000, 30 * 60_000, 2 * 60 * 60_000] as const;

/** Messages that one read finds. A run reads again until no other channel has some. */
const maxRead = 100;
/** Channels that are sent to at the same time. */
const maxTurns = 100;

/** Messages that a channel gets in a time. The others wait. */
const maxPerChannel = { operator: 30, account: 10 } as const;
const windowMs = 10 * 60_000;

/**
 * Sends the messages that are due, those of one channel one after the other. A channel that is slow or has many messages
 * delays no other one.
 */
export class AlertSender {
  readonly #deps: AlertSenderDeps;
  readonly #room = new ChannelRoom();
  /** The channels that are sent to. */
  readonly #turns = new Map<string, Promise<void>>();
  #isStopping = false;

  constructor(deps: AlertSenderDeps) {
    this.#deps = deps;
  }

  /** Begins to send what is due, and waits a while until it is sent. */
  async run(): Promise<void> {
    this.#room.prune(this.#deps.clock.now());
    await this.#startTurns();
    if (this.#turns.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#deps.waitMs ?? defaultWaitMs);
    });
    await Promise.race([this.#untilIdle(), waited]);
    clearTimeout(timer);
  }

  /** Resolves when no message is being sent any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#untilIdle();
  }

  async #untilIdle(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  async #startTurns(): Promise<void> {
    const { alerts, clock } = this.#deps;
    const seen = new Set(this.#turns.keys());
    while (this.#turns.size < maxTurns) {
      const due = await alerts.listDue(clock.now(), maxRead, [...seen]);
      if (due.length === 0) return;
      const byChannel = groupBy(due, ({ channelId }) => channelId);
      const ids = [...byChannel.keys()];
      const channels = new Map((await alerts.getChannels(ids)).map((channel) => [channel.id, channel]));
      for (const [id, messages] of byChannel) {
        seen.add(id);
        const turn = this.#sendTo(channels.get(id), messages).finally(() => this.#turns.delete(id));
        this.#turns.set(id, turn);
      }
    }
  }

  /** Never rejects: the messages stay due. */
  async #sendTo(channel: AlertChannel | undefined, messages: readonly AlertMessage[]): Promise<void> {
    const { log, waitMs = defaultWaitMs } = this.#deps;
    const startedAt = performance.now();
    try {
      for (const message of messages) {
        // The first failure ends the turn of the channel, and so does a slow response.
        const goesOn = await this.#sendOne(channel, message);
        if (!goesOn || this.#isStopping || performance.now() - startedAt >= waitMs) return;
      }
    } catch (error) {
      log.warn({ err: error }, 'sending of alerts interrupted; will resume');
    }
  }

  /** Returns whether the channel takes more messages. */
  async #sendOne(channel: AlertChannel | undefined, message: AlertMessage): Promise<boolean> {
    const { alerts, send, clock, log } = this.#deps;
    if (channel === undefined) {
      const error = 'the channel was deleted';
      await alerts.setResult(message.id, { ...message, status: 'failed', nextAt: null, error });
      return true;
    }
    const waitUntil = this.#room.take(channel, clock.now());
    if (waitUntil !== undefined) {
      await alerts.postpone(channel.id, waitUntil);
      return false;
    }
    const result = toResult(message, await send(channel, message), clock.now());
    await alerts.setResult(message.id, result);
    if (result.status === 'failed') {
      const { channelId, tries, error } = { ...message, ...result };
      log.warn({ channelId, tries, error }, 'alert not sent; giving up');
    }
    return result.status === 'sent';
  }
}

const defaultWaitMs = 5_000;

/** When each channel got messages within the last minutes. */
class ChannelRoom {
  readonly #sentAt = new Map<string, number[]>();

  /** Returns when the channel has room again, or undefined if it has room now. */
  take({ id, accountId }: AlertChannel, now: number): number | undefined {
    const recent = (this.#sentAt.get(id) ?? []).filter((at) => at > now - windowMs);
    const max = accountId === null ? maxPerChannel.operator : maxPerChannel.account;
    const [oldest] = recent;
    this.#sentAt.set(id, recent);
    if (recent.length >= max && oldest !== undefined) return oldest + windowMs;
    recent.push(now);
    return undefined;
  }

  prune(now: number): void {
    for (const [id, times] of this.#sentAt) {
      if ((times.at(-1) ?? 0) <= now - windowMs) this.#sentAt.delete(id);
    }
  }
}

function toResult(message: AlertMessage, { error, isFinal }: Sent, now: number): AlertMessageResult {
  const tries = message.tries + 1;
  if (error === null) return { status: 'sent', tries, nextAt: null, sentAt: now, error: null };
  const delay = isFinal ? undefined : retryDelaysMs[tries - 1];
  return delay === undefined
    ? { status: 'failed', tries, nextAt: null, sentAt: null, error }
    : { status: 'waiting', tries, nextAt: now + delay, sentAt: null, error };
}

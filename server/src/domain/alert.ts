import type {
  AlertChannelKind,
  AlertKind,
  AlertMessageKind,
  AlertMessageStatus,
  AlertTarget,
} from '@tocsin/shared';
import { defaultAccountId } from './account-limits.ts';
import type { SealedText, Webhook } from './webhook.ts';

/* Alerts: rules are evaluated over watched endpoints and the queue, and send messages to channels. */

/** Where messages are sent. */
export interface AlertChannel {
  readonly id: string;
  /** Null: the operator's. */
  readonly accountId: string | null;
  readonly name: string;
  readonly kind: AlertChannelKind;
  /** A URL, sealed like that of a webhook. `mailto:` and the address for e-mail. */
  readonly url: SealedText;
  readonly secret: SealedText;
  /** Sealed JSON of no headers, so that a channel can be sent to like a webhook. */
  readonly headers: SealedText;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface AlertRule {
  readonly id: string;
  /** Null: the operator's, which watches all accounts. */
  readonly accountId: string | null;
  readonly kind: AlertKind;
  readonly name: string;
  readonly channelIds: readonly string[];
  readonly afterSeconds: number;
  readonly waiting: number;
  readonly remindAfterSeconds: number | null;
  readonly enabled: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An alert that is not over: at most one for each rule and target. */
export interface OpenAlert {
  /** The rule and the target, see `toAlertId`. */
  readonly id: string;
  readonly ruleId: string;
  readonly accountId: string | null;
  readonly target: AlertTarget;
  readonly openedAt: number;
  /** When a message about it was last made, epoch ms. */
  readonly toldAt: number;
}

/** A message to a channel, and what became of it. */
export interface AlertMessage {
  /** Sorts by time. */
  readonly id: string;
  readonly at: number;
  readonly kind: AlertMessageKind;
  readonly alert: AlertKind | null;
  readonly accountId: string | null;
  readonly ruleId: string | null;
  readonly ruleName: string | null;
  readonly channelId: string;
  readonly channelName: string;
  readonly channelKind: AlertChannelKind;
  readonly count: number;
  /** The first ones. */
  readonly targets: readonly AlertTarget[];
  readonly status: AlertMessageStatus;
  readonly tries: number;
  /** When it is sent next, epoch ms. Null: it has ended. */
  readonly nextAt: number | null;
  readonly sentAt: number | null;
  readonly error: string | null;
}

/** Rules and channels of one owner. An operator of many teams has room; an account cannot flood others. */
export const maxChannels = { operator: 50, account: 5 } as const;
export const maxRules = { operator: 50, account: 10 } as const;

/** Alerts of one rule that are open at a time. Further webhooks follow when some of them are over. */
export const maxOpenAlerts = { operator: 10_000, account: 1_000 } as const;

/** Messages that wait for one channel. While all channels of a rule have so many, its alerts stay as they are. */
export const maxWaitingMessages = { operator: 100, account: 20 } as const;

/** Targets that a message names. The rest is a count. */
export const maxNamedTargets = 10;

/** What a rule of each kind waits for, if its owner does not say. Seconds. */
export const defaultAfterSeconds: Readonly<Record<AlertKind, number>> = {
  failing: 600,
  paused: 300,
  disabled: 0,
  disable_warning: 24 * 60 * 60,
  backlog: 0,
  lag: 60,
};

export const defaultWaiting = 1_000;

/** The target of a rule is a webhook, or the queue of the rule's owner. */
export function toAlertId(ruleId: string, webhookId: string | null): string {
  return `${ruleId}:${webhookId ?? 'queue'}`;
}

/** A channel in the form of a webhook, so that its requests are made, guarded and redacted like deliveries. */
export function toChannelWebhook(channel: AlertChannel): Webhook {
  const { id, accountId, kind, url, secret, headers, createdAt, updatedAt } = channel;
  return {
    id,
    revision: 1,
    appId: '',
    accountId: accountId ?? defaultAccountId,
    mount: null,
    profile: 'standard',
    format: kind === 'webhook' || kind === 'email' ? 'json' : kind,
    url,
    events: ['*'],
    keptEvents: [],
    eventVersions: {},
    enabled: true,
    disabledReason: null,
    secret,
    signing: 'hmac',
    publicKey: null,
    previousSecrets: [],
    headers,
    description: null,
    rateLimit: null,
    clientCertificate: null,
    createdAt,
    updatedAt,
  };
}

/**
 * Notifications between all processes on one database, including the sender itself. Best effort: a lost
 * notification delays other processes until they poll. Changes to configuration are also in the change log.
 */
export interface Notifications {
  /** Wakes the engines: there is new work. Returns at once and never throws. */
  notifyWork(): void;
  /** Listeners are called in the order of subscription. */
  subscribe(listener: NotificationListener): void;
}

export interface NotificationListener {
  onWork(): void;
  /** Undefined: anything may have changed, for example after notifications were lost. */
  onConfigChange(change: ConfigChange | undefined): void;
}

/** A durable change to configuration that processes cache. */
export interface ConfigChange {
  readonly collection: 'accounts' | 'webhooks' | 'apps' | 'keys' | 'sessions';
  readonly id: string;
  /** The app whose webhooks changed, or the changed app itself. Undefined for an account, a key or a session. */
  readonly appId: string | undefined;
  /** Whether the past of the webhook's endpoint no longer applies. */
  readonly resetsHealth?: boolean;
}

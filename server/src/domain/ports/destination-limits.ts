import type { Webhook } from '../webhook.ts';

/* Limits of chat services that are in force, which all processes share. */

/** A limit in force. */
export interface DestinationLimit {
  /** Contains no credential: a route is named by a hash of its URL. */
  readonly key: string;
  /** Epoch ms. */
  readonly until: number;
}

export interface DestinationLimitStore {
  /** Stores limits and notifies all processes, including this one. Never shortens a limit. */
  save(limits: readonly DestinationLimit[]): Promise<void>;
  /** Returns up to `count` limits that are in force at `now`, those that end last first. */
  findActive(now: number, count: number): Promise<DestinationLimit[]>;
}

/**
 * Returns the end of the pause of a webhook at its chat service, epoch ms. Undefined if there is none: limits of a
 * single webhook do not count.
 */
export type FindServicePause = (webhook: Webhook, now: number) => number | undefined;

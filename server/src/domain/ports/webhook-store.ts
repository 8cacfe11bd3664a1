import type { Visibility } from './page-request.ts';
import type { DisabledBy, DisabledReason } from '@tocsin/shared';
import type { EndpointHealth } from '../endpoint-health.ts';
import type { Mount, Webhook } from '../webhook.ts';

/* Webhooks: how services manage them, how the hot path reads them, and the health of their endpoints. */

export interface WebhookStore {
  /**
   * Inserts the webhook unless its limit group of the app already has `limit` webhooks. The AuthForge mount
   * is one group, all other webhooks are another. Also inserts nothing if its account already has
   * `accountLimit` webhooks. Exact even if two calls race for the last place.
   */
  insert(
    webhook: NewWebhook,
    limit: number,
    accountLimit?: number,
  ): Promise<'inserted' | 'limit_reached' | 'account_limit_reached'>;
  get(id: string): Promise<Webhook | undefined>;
  getMany(ids: readonly string[]): Promise<Webhook[]>;
  /** Returns up to `limit` webhooks of an app, in any order. */
  listSome(appId: string, limit: number): Promise<Webhook[]>;
  /** Returns up to `limit` visible webhooks, in any order. */
  listVisible(visibility: Visibility, limit: number): Promise<Webhook[]>;
  /** Returns all webhooks of an app, oldest first. `mount` undefined: of every mount. */
  listForApp(appId: string, mount?: Mount): Promise<Webhook[]>;
  /** Returns all webhooks of several apps, oldest first, as a majority of the database has them. */
  listForApps(appIds: readonly string[]): Promise<Webhook[]>;
  /**
   * Like `listForApps`, for the apps with the next higher ids, ascending. Undefined: from the lowest id. The last
   * app may be incomplete if `limit` webhooks are returned.
   */
  listAfterApp(appId: string | undefined, limit: number): Promise<Webhook[]>;
  /**
   * Changes the given fields if what decides where credentials are sent is still as in `before`. Returns the
   * new webhook, or undefined if it does not exist or another call changed one of these fields first.
   *
   * @param resetAt - when the past of the endpoint stopped to apply, epoch ms. Also resets the stored health.
   * Undefined keeps it.
   * @param expectedRevision - also compared. Undefined: any.
   */
  update(
    before: WebhookVersion,
    change: WebhookChange,
    resetAt?: number,
    expectedRevision?: number,
  ): Promise<Webhook | undefined>;
  /**
   * Resets the stored health of the endpoint, because its past no longer applies. Keeps the configuration and its
   * revision. Returns false if the webhook does not exist.
   */
  resetHealth(id: string, at: number): Promise<boolean>;
  /**
   * Returns false if the webhook does not exist or has another revision than the expected one. Deletes its
   * endpoint health, but no deliveries.
   *
   * @param expectedRevision - undefined: any
   */
  delete(id: string, expectedRevision?: number): Promise<boolean>;
  /**
   * Disables a webhook. Returns false if it was already disabled, does not exist, or the stored health does not
   * agree.
   *
   * @param agreement - what the stored health must say, so that a process that missed a success cannot disable
   * the webhook. Undefined: nothing.
   */
  disable(id: string, reason: DisabledReason, at: number, agreement?: HealthAgreement): Promise<boolean>;
}

/** The stored health that disabling for failures depends on. */
export interface HealthAgreement {
  /** All attempts must have failed since this time at the latest, epoch ms. */
  readonly failingSince: number;
  /** The epoch in which this process owns the webhook. A process with a later one must not have written. */
  readonly epoch: number;
}

/** The fields that an update compares. Sealed texts are unique, because each has a nonce. */
export type WebhookVersion = Pick<Webhook, 'id' | 'url' | 'headers' | 'secret' | 'profile'>;

/** The words that find a webhook in lists: those of `toWebhookWords`. Only the store knows them afterwards. */
interface WithWords {
  readonly searchWords?: readonly string[] | undefined;
}

/** Without words, a search finds the webhook only after the server has added them. */
export type NewWebhook = Webhook & WithWords;

/** New values of fields. Undefined keeps the stored value. Each change also raises the revision. */
export type WebhookChange = {
  -readonly [
    K in Exclude<keyof Webhook, 'id' | 'revision' | 'appId' | 'accountId' | 'mount' | 'createdAt'>
  ]?: Webhook[K] | undefined;
} & WithWords;

/**
 * Cached webhooks, for the hot path. Synchronous if cached and current. The change log invalidates the cache.
 */
export interface WebhookCache {
  listForApp(appId: string): readonly Webhook[] | Promise<readonly Webhook[]>;
  get(id: string): Webhook | undefined | Promise<Webhook | undefined>;
}

export interface EndpointHealthStore {
  /** Returns the stored health by webhook id. Endpoints without attempts are missing. */
  get(ids: readonly string[]): Promise<Map<string, EndpointHealth>>;
  /**
   * Returns ids of visible webhooks whose last attempt failed, those with the most failures in a row first.
   */
  findFailing(visibility: Visibility, limit: number): Promise<string[]>;
  /** Returns up to `limit` accounts with webhooks whose last attempt failed, ascending. Undefined: from the lowest id. */
  listAccountsWithFailing(after: string | undefined, limit: number): Promise<string[]>;
  /**
   * Returns the visible webhooks that are failing, paused or disabled, in any order.
   *
   * @param limit - number of disabled webhooks, and of those whose last attempt failed
   */
  findUnhealthy(visibility: Visibility, limit: number): Promise<UnhealthyWebhooks>;
  /**
   * Like `get`, with the newest success that is stored as a delivery. The stored health of a healthy endpoint is
   * written seldom.
   */
  getForDisplay(ids: readonly string[]): Promise<Map<string, EndpointHealth>>;
  /**
   * Stores the health of many endpoints in one write. Returns the ids of webhooks that keep their stored health:
   * it is of a later epoch, or has a result that the given one misses.
   */
  save(changes: readonly EndpointHealthChange[]): Promise<readonly string[]>;
}

/** The health of a webhook, with the owners that lists are narrowed by. */
export interface EndpointHealthChange {
  readonly webhook: Pick<Webhook, 'id' | 'appId' | 'accountId'>;
  readonly health: EndpointHealth;
  /** The epoch in which the process owns the partition of the webhook: a fencing token. */
  readonly epoch: number;
}

export interface UnhealthyWebhooks {
  readonly webhooks: readonly UnhealthyWebhook[];
  /** Whether there are more than the limit. */
  readonly isCapped: boolean;
}

export interface UnhealthyWebhook {
  readonly id: string;
  readonly state: 'failing' | 'paused' | 'disabled';
  /** Null while it is enabled. */
  readonly disabledBy: DisabledBy | null;
  readonly failuresInARow: number;
}

import type { DisabledReason } from '@tocsin/shared';
import type { EndpointHealth } from '../endpoint-health.ts';
import type { Mount, SealedSecret, Webhook } from '../webhook.ts';

/* Webhooks as they are managed, as the hot path reads them, and how their endpoints are doing. */

export interface WebhookStore {
  /**
   * Inserts unless the app already has `limit` webhooks of the same counting group (the AuthForge mount counts by
   * itself, all others together). Exact also when two calls race for the last place.
   */
  insert(webhook: Webhook, limit: number): Promise<'inserted' | 'limit_reached'>;
  get(id: string): Promise<Webhook | undefined>;
  getMany(ids: readonly string[]): Promise<Webhook[]>;
  /** All webhooks of an app, oldest first. `mount` undefined: of every mount. */
  listForApp(appId: string, mount?: Mount): Promise<Webhook[]>;
  /** Changes the given fields; undefined when there is no such webhook. */
  update(id: string, change: WebhookChange): Promise<Webhook | undefined>;
  delete(id: string): Promise<boolean>;
  /** Changes the secret, and what changes with it, if it is still the one `expected`; undefined when it is not. */
  replaceSecret(
    id: string,
    expected: SealedSecret,
    change: WebhookChange & Pick<Webhook, 'secret'>,
  ): Promise<Webhook | undefined>;
  /** Disables an enabled webhook; false when it was disabled or gone already. */
  disable(id: string, reason: DisabledReason, at: number): Promise<boolean>;
}

export type WebhookChange = {
  -readonly [K in Exclude<keyof Webhook, 'id' | 'appId' | 'mount' | 'createdAt'>]?: Webhook[K] | undefined;
};

/** The webhooks of an app, cached: the hot path reads it for every event. Changes reach all processes within 1 s. */
export interface WebhookCache {
  listForApp(appId: string): readonly Webhook[] | Promise<readonly Webhook[]>;
  get(id: string): Webhook | undefined | Promise<Webhook | undefined>;
}

export interface EndpointHealthStore {
  get(ids: readonly string[]): Promise<Map<string, EndpointHealth>>;
  /** Ids of endpoints with failures in a row, most of them first. */
  failing(limit: number): Promise<string[]>;
  /** One write for all that changed in a window. */
  save(changes: ReadonlyMap<string, EndpointHealth>): Promise<void>;
}

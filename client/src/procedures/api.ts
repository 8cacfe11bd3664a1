import type {
  AccountUsage,
  accountUsageInput,
  AccountView,
  AppDeletionView,
  AppView,
  AuditEntryView,
  cancelInput,
  CancelResult,
  createAccountInput,
  createAppInput,
  CreatedKey,
  CreatedWebhook,
  createKeyInput,
  rotateKeyInput,
  createWebhookInput,
  deleteEventTypeInput,
  DeliveryDetail,
  DeliveryView,
  EventExplanation,
  EventTypeDetail,
  EventTypeListItem,
  EventTypeView,
  EventView,
  getEventTypeInput,
  KeyView,
  listAuditEntriesInput,
  listDeliveriesInput,
  listEventsInput,
  listEventTypesInput,
  listReplaysInput,
  Preview,
  RegisteredEventTypes,
  registerEventTypesInput,
  previewInput,
  replayInput,
  ReplayStarted,
  ReplayView,
  RotatedWebhook,
  rotateSecretInput,
  setLimitsInput,
  statsInput,
  SystemAudit,
  systemAuditInput,
  SystemStats,
  TestResult,
  updateWebhookInput,
  WebhookView,
} from '@tocsin/shared';
import type * as z from 'zod';
import type { ListQuery, Mutation, Query } from './calls.ts';

/*
 * The procedures of the server, written out. test/types/api.test-d.ts compares them with the server's router.
 *
 * They are not inferred from the router, because the published types would then contain the server's services
 * and require @trpc/server. Its declarations do not compile under `skipLibCheck: false` without
 * `esnext.disposable`, and they slow down every build.
 */

interface ById {
  readonly id: string;
}

/** Selects a page of a list. */
export interface PageInput {
  /**
   * The `nextCursor` of the previous page.
   * @default the first page
   */
  readonly cursor?: string | undefined;
  /**
   * Page size, 1 to 200.
   * @default 50
   */
  readonly limit?: number | undefined;
}

/** The input of a list as its schema describes it. The page fields are narrower than the wire accepts. */
type ListInput<TSchema extends z.ZodType> = PageInput &
  Omit<Exclude<z.input<TSchema>, undefined>, keyof PageInput>;

/**
 * Input of `webhooks.create`.
 *
 * - `events`: 1 to 200 event types
 * - `enabled`: default `true`
 * - `profile`: signing scheme and headers, default `'standard'`
 * - `format`: format of the body, default `'auto'`
 * - `headers`: custom request headers, at most 32
 * - `description`: at most 500 characters
 * - `rateLimit`: maximum number of requests per second, 0.1 to 10,000; null (default) for no limit
 * - `signing`: `'hmac'` (default) or, with the profile `standard`, `'ed25519'`
 * - `clientCertificate`: `{ certificate, privateKey }` in PEM for receivers that require mTLS; null (default) for none
 */
export type NewWebhook = z.input<typeof createWebhookInput>;

/**
 * Input of `webhooks.update`. Only the given fields change.
 *
 * - `backlog`: what happens to pending deliveries when `enabled: true` enables a disabled webhook: `'send'`
 *   (default), `'cancel'`, or `{ since }` to cancel those of events accepted before that time (ISO 8601) and
 *   send the others
 */
export type WebhookChange = z.input<typeof updateWebhookInput>;

/**
 * Input of `deliveries.list`. Deliveries match all given filters.
 *
 * - `appId`, `webhookId`, `eventId`: only deliveries of this app, to this webhook, of this event
 * - `status`: only deliveries with this status
 */
export type DeliveryFilter = ListInput<typeof listDeliveriesInput>;

/**
 * Input of `events.list`. Events match all given filters.
 *
 * - `appId`, `event`: only events of this app, of this type
 * - `since`, `until`: only events accepted in this period, ISO 8601
 */
export type EventFilter = ListInput<typeof listEventsInput>;

/**
 * Input of `deliveries.replay`. Selects finished deliveries of one webhook by all given filters.
 *
 * - `since`, `until`: only events accepted in this period, ISO 8601; `until` defaults to the time of the call
 * - `status`: default `'failed'`
 * - `events`: only these event types, default all
 * - `dryRun`: counts without sending, default `false`
 */
export type NewReplay = z.input<typeof replayInput>;

/**
 * Input of `deliveries.cancel`. Selects pending deliveries of one webhook by all given filters.
 *
 * - `ids`: only these deliveries, at most 1,000
 * - `since`, `until`: only events accepted in this period, ISO 8601; `until` defaults to the time of the call
 * - `events`: only these event types, default all
 * - `dryRun`: counts without cancelling, default `false`
 */
export type NewCancellation = z.input<typeof cancelInput>;

/** Input of `auditLog.list`. Entries match all given filters. */
export type AuditFilter = ListInput<typeof listAuditEntriesInput>;

/** Accounts, which own apps and keys. All but `usage` require the scope `operator`. */
export interface AccountsApi {
  readonly create: Mutation<z.input<typeof createAccountInput>, AccountView>;
  readonly list: ListQuery<PageInput | undefined, AccountView>;
  /**
   * Returns each limit of an account and how much of it is used. Any key may read the usage of its own
   * account.
   */
  readonly usage: Query<z.input<typeof accountUsageInput> | undefined, AccountUsage>;
  /** Changes limits of an account. Null restores the default. */
  readonly setLimits: Mutation<z.input<typeof setLimitsInput>, AccountUsage>;
}

/** API keys. */
export interface KeysApi {
  /**
   * Creates a key. Only this response contains the key. A key that another key creates has at most its scopes,
   * lifetime and app, and ends with it.
   */
  readonly create: Mutation<z.input<typeof createKeyInput>, CreatedKey>;
  /** Lists the keys that have no scope that the caller lacks. */
  readonly list: ListQuery<PageInput | undefined, KeyView>;
  /** Replaces a key. The old one works until the end of the overlap. Keys that it created stay valid. */
  readonly rotate: Mutation<z.input<typeof rotateKeyInput>, CreatedKey>;
  /** Revokes a key, and the keys that it created. */
  readonly revoke: Mutation<ById, { id: string; revoked: true }>;
}

/** Apps, which own webhooks and events. */
export interface AppsApi {
  readonly create: Mutation<z.input<typeof createAppInput>, AppView>;
  readonly list: ListQuery<PageInput | undefined, AppView>;
  readonly get: Query<ById, AppView>;
  /** Deletes an app with its webhooks, and starts a job that erases its events and deliveries. */
  readonly delete: Mutation<ById, { id: string; deleted: true }>;
  /** Lists deleted apps with the progress of their erasure, newest first. */
  readonly deletions: ListQuery<PageInput | undefined, AppDeletionView>;
}

/** Webhooks, to which events are delivered. */
export interface WebhooksApi {
  /** Creates a webhook. Only this response and that of `rotateSecret` contain the secret. */
  readonly create: Mutation<NewWebhook, CreatedWebhook>;
  readonly list: ListQuery<{ readonly appId: string }, WebhookView>;
  readonly get: Query<ById, WebhookView>;
  readonly update: Mutation<WebhookChange, WebhookView>;
  readonly delete: Mutation<ById, { id: string; deleted: true }>;
  /** Generates a new secret. The old one stays valid for `overlapHours` hours: 0 to 168, default 24. */
  readonly rotateSecret: Mutation<z.input<typeof rotateSecretInput>, RotatedWebhook>;
  /** Returns the body that would be sent for the example of an event. */
  readonly preview: Query<z.input<typeof previewInput>, Preview>;
  /** Sends a test ping immediately, without retries, and returns the result. */
  readonly test: Mutation<ById, TestResult>;
}

/** The event types that an account can use, and those that were registered by JSON Schema. */
export interface EventTypesApi {
  /**
   * Registers 1 to 200 event types, all or none. Needs `catalog:write`.
   *
   * A changed schema has to stay compatible under its version, or come with a higher `version`.
   */
  readonly register: Mutation<z.input<typeof registerEventTypesInput>, RegisteredEventTypes>;
  /** Lists event types by name, the built-in ones included. */
  readonly list: ListQuery<ListInput<typeof listEventTypesInput> | undefined, EventTypeListItem>;
  readonly get: Query<z.input<typeof getEventTypeInput>, EventTypeDetail>;
  /** Deletes a registered event type with all versions. Events that were accepted are still delivered. */
  readonly delete: Mutation<
    z.input<typeof deleteEventTypeInput>,
    { readonly type: string; readonly deleted: true }
  >;
}

/** Stored events. To publish events, call `publish` of the client. */
export interface EventsApi {
  /** Returns the catalog: every event type with its JSON Schema and an example. */
  readonly types: Query<undefined, EventTypeView[]>;
  readonly get: Query<ById, EventView>;
  /** Explains what happened to an event: one verdict for each webhook of its app. */
  readonly explain: Query<ById, EventExplanation>;
  readonly list: ListQuery<EventFilter | undefined, EventView>;
}

/** Deliveries, each of one event to one webhook. */
export interface DeliveriesApi {
  readonly list: ListQuery<DeliveryFilter | undefined, DeliveryView>;
  /** Returns a delivery with its attempts. */
  readonly get: Query<ById, DeliveryDetail>;
  /** Sends finished deliveries of a webhook again, in the background. */
  readonly replay: Mutation<NewReplay, ReplayStarted>;
  readonly replays: ListQuery<ListInput<typeof listReplaysInput> | undefined, ReplayView>;
  readonly cancelReplay: Mutation<ById, ReplayView>;
  /** Cancels pending deliveries of a webhook, except those that are being sent. */
  readonly cancel: Mutation<NewCancellation, CancelResult>;
  /** Makes a delivery due now. */
  readonly retry: Mutation<ById, DeliveryDetail>;
}

/** The audit log. */
export interface AuditLogApi {
  readonly list: ListQuery<AuditFilter | undefined, AuditEntryView>;
}

/** The state of the installation. */
export interface SystemApi {
  /** Returns counts over the last 1, 24 (default) or 168 hours, the queue and the failing webhooks. */
  readonly stats: Query<z.input<typeof statsInput> | undefined, SystemStats>;
  /**
   * Reconciles the events of a window with their deliveries; the default is the last day. Requires the scope
   * `operator`.
   */
  readonly audit: Query<z.input<typeof systemAuditInput> | undefined, SystemAudit>;
}

/** The procedures of the server, except publishing and subscribing. */
export interface Api {
  readonly accounts: AccountsApi;
  readonly keys: KeysApi;
  readonly apps: AppsApi;
  readonly webhooks: WebhooksApi;
  readonly events: EventsApi;
  readonly eventTypes: EventTypesApi;
  readonly deliveries: DeliveriesApi;
  readonly auditLog: AuditLogApi;
  readonly system: SystemApi;
}

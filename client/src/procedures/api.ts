import type {
  AccountUsage,
  accountUsageInput,
  AccountView,
  AppDeletionView,
  AppView,
  AuditEntryView,
  BuiltInEvents,
  cancelInput,
  CancelResult,
  createAccountInput,
  createAppInput,
  CreatedKey,
  createKeyInput,
  createWebhookInput,
  deleteEventTypeInput,
  EventName,
  EventSelector,
  EventTypeDetail,
  EventTypeListItem,
  getEventTypeInput,
  KeyView,
  listAuditEntriesInput,
  listDeliveriesInput,
  listEventsInput,
  listEventTypesInput,
  listReplaysInput,
  listWebhooksInput,
  Preview,
  RegisteredEventTypes,
  registerEventTypesInput,
  previewInput,
  replayInput,
  ReplayStarted,
  ReplayView,
  rotateKeyInput,
  rotateSecretInput,
  setLimitsInput,
  statsInput,
  SystemAudit,
  systemAuditInput,
  SystemStats,
  TestResult,
  updateWebhookInput,
} from '@tocsin/shared';
import type * as z from 'zod';
import type { ListQuery, Mutation, Query } from './calls.ts';
import type {
  CreatedWebhook,
  DeliveryDetail,
  DeliveryView,
  EventExplanation,
  EventTypeView,
  EventView,
  RotatedWebhook,
  UpdatedWebhook,
  WebhookView,
} from './views.ts';

/*
 * The procedures of the server, written out. test/types/api.test-d.ts compares them with the server's router.
 *
 * They are not inferred from the router, because the published types would then contain the server's services
 * and require @trpc/server. Its declarations do not compile under `skipLibCheck: false` without
 * `esnext.disposable`, and they slow down every build.
 */

/** Selects one object by its id. */
export interface ById {
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
export type ListInput<TSchema extends z.ZodType> = PageInput &
  Omit<Exclude<z.input<TSchema>, undefined>, keyof PageInput>;

/**
 * Input of `webhooks.create`.
 *
 * - `events`: 1 to 200 event types and patterns, such as `invoice.*` and `*`
 * - `enabled`: default `true`
 * - `profile`: signing scheme and headers, default `'standard'`
 * - `format`: format of the body, default `'auto'`
 * - `headers`: custom request headers, at most 32
 * - `description`: at most 500 characters
 * - `rateLimit`: maximum number of requests per second, 0.1 to 10,000; null (default) for no limit
 * - `signing`: `'hmac'` (default) or, with the profile `standard`, `'ed25519'`
 * - `clientCertificate`: `{ certificate, privateKey }` in PEM for receivers that require mTLS; null (default) for none
 */
export interface NewWebhook<E = BuiltInEvents> extends Omit<z.input<typeof createWebhookInput>, 'events'> {
  readonly events: readonly EventSelector<E>[];
}

/**
 * Input of `webhooks.update`. Only the given fields change.
 *
 * - `backlog`: what happens to pending deliveries when `enabled: true` enables a disabled webhook: `'send'`
 *   (default), `'cancel'`, or `{ since }` to cancel those of events accepted before that time (ISO 8601) and
 *   send the others
 */
export interface WebhookChange<E = BuiltInEvents> extends Omit<z.input<typeof updateWebhookInput>, 'events'> {
  readonly events?: readonly EventSelector<E>[] | undefined;
}

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
export interface EventFilter<E = BuiltInEvents> extends Omit<ListInput<typeof listEventsInput>, 'event'> {
  readonly event?: EventName<E> | undefined;
}

/**
 * Input of `deliveries.replay`. Selects finished deliveries of one webhook by all given filters.
 *
 * - `since`, `until`: only events accepted in this period, ISO 8601; `until` defaults to the time of the call
 * - `status`: default `'failed'`
 * - `events`: only events of these types and patterns, default all
 * - `dryRun`: counts without sending, default `false`
 */
export interface NewReplay<E = BuiltInEvents> extends Omit<z.input<typeof replayInput>, 'events'> {
  readonly events?: readonly (EventSelector<E> | TestPing)[] | undefined;
}

/**
 * Input of `deliveries.cancel`. Selects pending deliveries of one webhook by all given filters.
 *
 * - `ids`: only these deliveries, at most 1,000
 * - `since`, `until`: only events accepted in this period, ISO 8601; `until` defaults to the time of the call
 * - `events`: only events of these types and patterns, default all
 * - `dryRun`: counts without cancelling, default `false`
 */
export interface NewCancellation<E = BuiltInEvents> extends Omit<z.input<typeof cancelInput>, 'events'> {
  readonly events?: readonly (EventSelector<E> | TestPing)[] | undefined;
}

/** Input of `webhooks.preview`: the format, the profile and the event whose example is shown. */
export interface NewPreview<E = BuiltInEvents> extends Omit<z.input<typeof previewInput>, 'event'> {
  readonly event: EventName<E> | TestPing;
}

/** The event types of test pings, which `webhooks.test` sends. */
export type TestPing = 'test' | 'test.ping';

/** Input of `auditLog.list`. Entries match all given filters. */
export type AuditFilter = ListInput<typeof listAuditEntriesInput>;

/** Input of `accounts.create`. */
export type NewAccount = z.input<typeof createAccountInput>;

/** Input of `accounts.usage`. */
export type UsageQuery = z.input<typeof accountUsageInput>;

/** Input of `accounts.setLimits`. Only the given limits change. */
export type LimitsChange = z.input<typeof setLimitsInput>;

/** Input of `keys.create`. */
export type NewKey = z.input<typeof createKeyInput>;

/** Input of `keys.rotate`. */
export type KeyRotation = z.input<typeof rotateKeyInput>;

/** Input of `apps.create`. */
export type NewApp = z.input<typeof createAppInput>;

/** Input of `webhooks.rotateSecret`. */
export type SecretRotation = z.input<typeof rotateSecretInput>;

/** Input of `system.stats`. */
export type StatsQuery = z.input<typeof statsInput>;

/** Input of `system.audit`. */
export type AuditQuery = z.input<typeof systemAuditInput>;

/** Input of `deliveries.replays`. */
export type ReplayFilter = ListInput<typeof listReplaysInput>;

/** Accounts, which own apps and keys. All but `usage` require the scope `operator`. */
export interface AccountsApi {
  readonly create: Mutation<NewAccount, AccountView>;
  readonly list: ListQuery<PageInput | undefined, AccountView>;
  /**
   * Returns each limit of an account and how much of it is used. Any key may read the usage of its own
   * account.
   */
  readonly usage: Query<UsageQuery | undefined, AccountUsage>;
  /** Changes limits of an account. Null restores the default. */
  readonly setLimits: Mutation<LimitsChange, AccountUsage>;
}

/** API keys. */
export interface KeysApi {
  /**
   * Creates a key. Only this response contains the key. A key that another key creates has at most its scopes,
   * lifetime and app, and ends with it.
   */
  readonly create: Mutation<NewKey, CreatedKey>;
  /** Lists the keys that have no scope that the caller lacks. */
  readonly list: ListQuery<PageInput | undefined, KeyView>;
  /** Replaces a key. The old one works until the end of the overlap. Keys that it created stay valid. */
  readonly rotate: Mutation<KeyRotation, CreatedKey>;
  /** Revokes a key, and the keys that it created. */
  readonly revoke: Mutation<ById, { id: string; revoked: true }>;
}

/** Apps, which own webhooks and events. */
export interface AppsApi {
  readonly create: Mutation<NewApp, AppView>;
  readonly list: ListQuery<PageInput | undefined, AppView>;
  readonly get: Query<ById, AppView>;
  /** Deletes an app with its webhooks, and starts a job that erases its events and deliveries. */
  readonly delete: Mutation<ById, { id: string; deleted: true }>;
  /** Lists deleted apps with the progress of their erasure, newest first. */
  readonly deletions: ListQuery<PageInput | undefined, AppDeletionView>;
}

/** Webhooks, to which events are delivered. */
export interface WebhooksApi<E = BuiltInEvents> {
  /** Creates a webhook. Only this response and that of `rotateSecret` contain the secret. */
  readonly create: Mutation<NewWebhook<E>, CreatedWebhook<E>>;
  /** Lists the webhooks of an app, the oldest first. Without `limit`, all of them. */
  readonly list: ListQuery<ListInput<typeof listWebhooksInput>, WebhookView<E>>;
  readonly get: Query<ById, WebhookView<E>>;
  readonly update: Mutation<WebhookChange<E>, UpdatedWebhook<E>>;
  readonly delete: Mutation<ById, { id: string; deleted: true }>;
  /** Generates a new secret. The old one stays valid for `overlapHours` hours: 0 to 168, default 24. */
  readonly rotateSecret: Mutation<SecretRotation, RotatedWebhook<E>>;
  /** Returns the body that would be sent for the example of an event. */
  readonly preview: Query<NewPreview<E>, Preview>;
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
export interface EventsApi<E = BuiltInEvents> {
  /** Returns the catalog: every event type with its JSON Schema and an example. */
  readonly types: Query<undefined, EventTypeView<E>[]>;
  readonly get: Query<ById, EventView<E>>;
  /** Explains what happened to an event: one verdict for each webhook of its app. */
  readonly explain: Query<ById, EventExplanation<E>>;
  readonly list: ListQuery<EventFilter<E> | undefined, EventView<E>>;
}

/** Deliveries, each of one event to one webhook. */
export interface DeliveriesApi<E = BuiltInEvents> {
  readonly list: ListQuery<DeliveryFilter | undefined, DeliveryView<E>>;
  /** Returns a delivery with its attempts. */
  readonly get: Query<ById, DeliveryDetail<E>>;
  /** Sends finished deliveries of a webhook again, in the background. */
  readonly replay: Mutation<NewReplay<E>, ReplayStarted>;
  readonly replays: ListQuery<ReplayFilter | undefined, ReplayView>;
  readonly cancelReplay: Mutation<ById, ReplayView>;
  /** Cancels pending deliveries of a webhook, except those that are being sent. */
  readonly cancel: Mutation<NewCancellation<E>, CancelResult>;
  /** Makes a delivery due now. */
  readonly retry: Mutation<ById, DeliveryDetail<E>>;
}

/** The audit log. */
export interface AuditLogApi {
  readonly list: ListQuery<AuditFilter | undefined, AuditEntryView>;
}

/** The state of the installation. */
export interface SystemApi {
  /** Returns counts over the last 1, 24 (default) or 168 hours, the queue and the failing webhooks. */
  readonly stats: Query<StatsQuery | undefined, SystemStats>;
  /**
   * Reconciles the events of a window with their deliveries; the default is the last day. Requires the scope
   * `operator`.
   */
  readonly audit: Query<AuditQuery | undefined, SystemAudit>;
}

/** The procedures of the server, except publishing and subscribing. */
export interface Api<E = BuiltInEvents> {
  readonly accounts: AccountsApi;
  readonly keys: KeysApi;
  readonly apps: AppsApi;
  readonly webhooks: WebhooksApi<E>;
  readonly events: EventsApi<E>;
  readonly eventTypes: EventTypesApi;
  readonly deliveries: DeliveriesApi<E>;
  readonly auditLog: AuditLogApi;
  readonly system: SystemApi;
}

import type { BuiltInEvents } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import type { Lists, Mutations, Queries } from './calls.ts';
import type { CountedListPage, ListPage } from './iterate.ts';
import type { PageInput } from './page-input.ts';
import type {
  AccountFilter,
  AccountUsage,
  AccountView,
  AppDeletionView,
  AppFilter,
  AppView,
  CreatedKey,
  KeyFilter,
  KeyRotation,
  KeyView,
  LimitsChange,
  NewAccount,
  NewApp,
  NewKey,
  UsageQuery,
} from './types/access.ts';
import type {
  AlertChannelChange,
  AlertChannelFilter,
  AlertChannelView,
  AlertHistoryFilter,
  AlertMessageView,
  AlertRuleChange,
  AlertRuleFilter,
  AlertRuleView,
  AlertSettings,
  AlertTestResult,
  CreatedAlertChannel,
  NewAlertChannel,
  NewAlertRule,
} from './types/alert.ts';
import type {
  CancelResult,
  ChangedDeliveries,
  ChosenDeliveries,
  DeliveryDetail,
  DeliveryFilter,
  DeliveryResend,
  DeliveryRetry,
  DeliveryView,
  NewCancellation,
  NewReplay,
  ReplayFilter,
  ReplayStarted,
  ReplayView,
} from './types/delivery.ts';
import type {
  EventTypeDeletion,
  EventTypeDetail,
  EventTypeFilter,
  EventTypeListItem,
  EventTypeQuery,
  NewEventTypes,
  RegisteredEventTypes,
} from './types/event-type.ts';
import type {
  EventExplanation,
  EventFilter,
  EventTypeView,
  EventView,
  SearchQuery,
  SearchResult,
  TimelineFilter,
  TimelinePage,
} from './types/event.ts';
import type {
  IncidentCountQuery,
  IncidentCounts,
  IncidentFilter,
  IncidentNote,
  IncidentSnooze,
  IncidentView,
  UnhealthyFilter,
  UnhealthyWebhook,
} from './types/incident.ts';
import type {
  AuditEntryView,
  AuditFilter,
  AuditQuery,
  StatsQuery,
  SystemAudit,
  SystemStats,
} from './types/system.ts';
import type {
  ActivityQuery,
  BacklogQuery,
  CreatedWebhook,
  NewPreview,
  NewSample,
  NewWebhook,
  Preview,
  RotatedWebhook,
  SampleResult,
  SecretRotation,
  TestResult,
  UpdatedWebhook,
  WaitingSending,
  WaitingSent,
  WebhookActivity,
  WebhookBacklog,
  WebhookChange,
  WebhookDeletion,
  WebhookFilter,
  WebhookSummaries,
  WebhookSummaryFilter,
  WebhookView,
} from './types/webhook.ts';

/*
 * The procedures of the server, written out. test/types/api.test-d.ts compares them with the server's router.
 *
 * They are not inferred from the router, because the published types would then contain the server's services
 * and require @trpc/server. Its declarations do not compile under `skipLibCheck: false` without
 * `esnext.disposable`, and they slow down every build.
 *
 * Each procedure is a method with its documentation. Editors show it for the procedure, because the mapped types
 * keep it, and for the call, because the function that is called is the method.
 */

/** Selects one object by its id. */
export interface ById {
  /** Id of the object. */
  readonly id: string;
}

/** The result of deleting an object. */
export interface Deleted {
  /** Id of the deleted object. */
  id: string;
  /** Always true. */
  deleted: true;
}

/** The result of deleting an event type. */
export interface DeletedEventType {
  /** Name of the deleted event type. */
  readonly type: string;
  /** Always true. */
  readonly deleted: true;
}

/** The result of revoking a key. */
export interface RevokedKey {
  /** Id of the revoked key. */
  id: string;
  /** Always true. */
  revoked: true;
}

/** Mutations of `accounts`. */
export interface AccountMutations {
  /** Creates an account. */
  create(input: NewAccount, options?: CallOptions): Promise<AccountView>;
  /** Changes limits of an account. Null restores the default. */
  setLimits(input: LimitsChange, options?: CallOptions): Promise<AccountUsage>;
}

/** Queries of `accounts`. */
export interface AccountQueries {
  /**
   * Returns each limit of an account and how much of it is used. Any key may read the usage of its own
   * account.
   */
  usage(input?: UsageQuery, options?: CallOptions): Promise<AccountUsage>;
}

/** Lists of `accounts`. */
export interface AccountLists {
  /** Lists accounts, newest first. */
  list(input?: AccountFilter, options?: CallOptions): Promise<CountedListPage<AccountView>>;
}

/** Accounts, which own apps and keys. All but `usage` require the scope `operator`. */
export interface AccountsApi
  extends Mutations<AccountMutations>, Queries<AccountQueries>, Lists<AccountLists> {}

/** Mutations of `keys`. */
export interface KeyMutations {
  /**
   * Creates a key. Only this response contains the key. A key that another key creates has at most its scopes,
   * lifetime and app, and ends with it.
   */
  create(input: NewKey, options?: CallOptions): Promise<CreatedKey>;
  /** Replaces a key. The old one works until the end of the overlap. Keys that it created stay valid. */
  rotate(input: KeyRotation, options?: CallOptions): Promise<CreatedKey>;
  /** Revokes a key, and the keys that it created. */
  revoke(input: ById, options?: CallOptions): Promise<RevokedKey>;
}

/** Lists of `keys`. */
export interface KeyLists {
  /** Lists the keys that have no scope that the caller lacks. */
  list(input?: KeyFilter, options?: CallOptions): Promise<CountedListPage<KeyView>>;
}

/** API keys. */
export interface KeysApi extends Mutations<KeyMutations>, Lists<KeyLists> {}

/** Mutations of `apps`. */
export interface AppMutations {
  /** Creates an app. */
  create(input: NewApp, options?: CallOptions): Promise<AppView>;
  /** Deletes an app with its webhooks, and starts a job that erases its events and deliveries. */
  delete(input: ById, options?: CallOptions): Promise<Deleted>;
}

/** Queries of `apps`. */
export interface AppQueries {
  /** Returns an app. */
  get(input: ById, options?: CallOptions): Promise<AppView>;
}

/** Lists of `apps`. */
export interface AppLists {
  /** Lists apps, newest first. */
  list(input?: AppFilter, options?: CallOptions): Promise<CountedListPage<AppView>>;
  /** Lists deleted apps with the progress of their erasure, newest first. */
  deletions(input?: PageInput, options?: CallOptions): Promise<ListPage<AppDeletionView>>;
}

/** Apps, which own webhooks and events. */
export interface AppsApi extends Mutations<AppMutations>, Queries<AppQueries>, Lists<AppLists> {}

/** Mutations of `webhooks`. */
export interface WebhookMutations<E> {
  /** Creates a webhook. Only this response and that of `rotateSecret` contain the secret. */
  create(input: NewWebhook<E>, options?: CallOptions): Promise<CreatedWebhook<E>>;
  /** Changes the given fields of a webhook. */
  update(input: WebhookChange<E>, options?: CallOptions): Promise<UpdatedWebhook<E>>;
  /** Deletes a webhook and cancels its pending deliveries. */
  delete(input: WebhookDeletion, options?: CallOptions): Promise<Deleted>;
  /** Generates a new secret. The old one stays valid for `overlapHours` hours: 0 to 168, default 24. */
  rotateSecret(input: SecretRotation, options?: CallOptions): Promise<RotatedWebhook<E>>;
  /** Sends a test ping immediately, without retries, and returns the result. */
  test(input: ById, options?: CallOptions): Promise<TestResult>;
  /** Sends the example of an event type to this webhook only, marked as a sample, and returns the result. */
  sendSample(input: NewSample<E>, options?: CallOptions): Promise<SampleResult>;
  /** Makes all waiting deliveries of a webhook due now. A paused webhook gets a test ping first. */
  sendWaiting(input: WaitingSending, options?: CallOptions): Promise<WaitingSent>;
}

/** Queries of `webhooks`. */
export interface WebhookQueries<E> {
  /** Returns a webhook, without its secret. */
  get(input: ById, options?: CallOptions): Promise<WebhookView<E>>;
  /** Counts the deliveries that a webhook still has to get, and those that failed for good. */
  backlog(input: BacklogQuery, options?: CallOptions): Promise<WebhookBacklog>;
  /** Counts the attempts of a webhook by time, status, reason and event type. */
  activity(input: ActivityQuery, options?: CallOptions): Promise<WebhookActivity>;
  /** Returns the body that would be sent for the example of an event. */
  preview(input: NewPreview<E>, options?: CallOptions): Promise<Preview>;
}

/** Lists of `webhooks`. */
export interface WebhookLists<E> {
  /** Lists the webhooks of an app, the oldest first. Without `limit`, all of them. */
  list(input: WebhookFilter, options?: CallOptions): Promise<ListPage<WebhookView<E>>>;
  /** Lists webhooks of one app or of all, with what a table shows of them, the newest first. */
  summaries(input?: WebhookSummaryFilter, options?: CallOptions): Promise<WebhookSummaries>;
}

/** Webhooks, to which events are delivered. */
export interface WebhooksApi<E = BuiltInEvents>
  extends Mutations<WebhookMutations<E>>, Queries<WebhookQueries<E>>, Lists<WebhookLists<E>> {}

/** Mutations of `eventTypes`. */
export interface EventTypeMutations {
  /**
   * Registers 1 to 200 event types, all or none. Needs `catalog:write`.
   *
   * A changed schema has to stay compatible under its version, or come with a higher `version`.
   */
  register(input: NewEventTypes, options?: CallOptions): Promise<RegisteredEventTypes>;
  /** Deletes a registered event type with all versions. Events that were accepted are still delivered. */
  delete(input: EventTypeDeletion, options?: CallOptions): Promise<DeletedEventType>;
}

/** Queries of `eventTypes`. */
export interface EventTypeQueries {
  /** Returns an event type with all versions. */
  get(input: EventTypeQuery, options?: CallOptions): Promise<EventTypeDetail>;
}

/** Lists of `eventTypes`. */
export interface EventTypeLists {
  /** Lists event types by name, the built-in ones included. */
  list(input?: EventTypeFilter, options?: CallOptions): Promise<ListPage<EventTypeListItem>>;
}

/** The event types that an account can use, and those that were registered by JSON Schema. */
export interface EventTypesApi
  extends Mutations<EventTypeMutations>, Queries<EventTypeQueries>, Lists<EventTypeLists> {}

/** Queries of `events`. */
export interface EventQueries<E> {
  /** Returns the catalog: every event type with its JSON Schema and an example. */
  types(input?: undefined, options?: CallOptions): Promise<EventTypeView<E>[]>;
  /** Returns a stored event. */
  get(input: ById, options?: CallOptions): Promise<EventView<E>>;
  /** Explains what happened to an event: one verdict for each webhook of its app. */
  explain(input: ById, options?: CallOptions): Promise<EventExplanation<E>>;
}

/** Lists of `events`. */
export interface EventLists<E> {
  /** Lists events, newest first. */
  list(input?: EventFilter<E>, options?: CallOptions): Promise<ListPage<EventView<E>>>;
}

/** Stored events. To publish events, call `publish` of the client. */
export interface EventsApi<E = BuiltInEvents> extends Queries<EventQueries<E>>, Lists<EventLists<E>> {}

/** Mutations of `deliveries`. */
export interface DeliveryMutations<E> {
  /** Sends finished deliveries of a webhook again, in the background. */
  replay(input: NewReplay<E>, options?: CallOptions): Promise<ReplayStarted>;
  /** Stops a replay. Deliveries that it has put back into the queue are sent. */
  cancelReplay(input: ById, options?: CallOptions): Promise<ReplayView>;
  /** Cancels pending deliveries of a webhook, except those that are being sent. */
  cancel(input: NewCancellation<E>, options?: CallOptions): Promise<CancelResult>;
  /** Makes a delivery due now. */
  retry(input: DeliveryRetry, options?: CallOptions): Promise<DeliveryDetail<E>>;
  /** Sends an event to a webhook of its app, whatever the webhook is subscribed to. */
  resend(input: DeliveryResend, options?: CallOptions): Promise<DeliveryDetail<E>>;
  /** Makes up to 200 deliveries due now. Returns a result for each. */
  retryMany(input: ChosenDeliveries, options?: CallOptions): Promise<ChangedDeliveries>;
  /** Cancels up to 200 pending deliveries. Returns a result for each. */
  cancelMany(input: ChosenDeliveries, options?: CallOptions): Promise<ChangedDeliveries>;
}

/** Queries of `deliveries`. */
export interface DeliveryQueries<E> {
  /** Returns a delivery with its attempts. */
  get(input: ById, options?: CallOptions): Promise<DeliveryDetail<E>>;
}

/** Lists of `deliveries`. */
export interface DeliveryLists<E> {
  /** Lists deliveries, newest first. */
  list(input?: DeliveryFilter, options?: CallOptions): Promise<ListPage<DeliveryView<E>>>;
  /** Lists replays with their progress, newest first. */
  replays(input?: ReplayFilter, options?: CallOptions): Promise<ListPage<ReplayView>>;
}

/** Deliveries, each of one event to one webhook. */
export interface DeliveriesApi<E = BuiltInEvents>
  extends Mutations<DeliveryMutations<E>>, Queries<DeliveryQueries<E>>, Lists<DeliveryLists<E>> {}

/** Mutations of `incidents`. */
export interface IncidentMutations {
  /** Marks an incident as needing no attention until a time. */
  snooze(input: IncidentSnooze, options?: CallOptions): Promise<IncidentView>;
  /** Sets or removes the note of an incident. */
  note(input: IncidentNote, options?: CallOptions): Promise<IncidentView>;
}

/** Queries of `incidents`. */
export interface IncidentQueries {
  /** Returns an incident. */
  get(input: ById, options?: CallOptions): Promise<IncidentView>;
  /** Counts the open incidents. */
  count(input?: IncidentCountQuery, options?: CallOptions): Promise<IncidentCounts>;
}

/** Lists of `incidents`. */
export interface IncidentLists<E> {
  /** Lists open incidents, the worst first, or closed ones. */
  list(input?: IncidentFilter, options?: CallOptions): Promise<ListPage<IncidentView>>;
  /** Lists webhooks that are failing, paused or disabled, those with the most failures in a row first. */
  webhooks(input: UnhealthyFilter, options?: CallOptions): Promise<ListPage<UnhealthyWebhook<E>>>;
}

/** Failed attempts, grouped by webhook, reason and status. */
export interface IncidentsApi<E = BuiltInEvents>
  extends Mutations<IncidentMutations>, Queries<IncidentQueries>, Lists<IncidentLists<E>> {}

/** Mutations of `alertChannels`. */
export interface AlertChannelMutations {
  /** Creates a channel. Only this response has the secret of a webhook. */
  create(input: NewAlertChannel, options?: CallOptions): Promise<CreatedAlertChannel>;
  /** Changes the given fields of a channel. */
  update(input: AlertChannelChange, options?: CallOptions): Promise<AlertChannelView>;
  /** Deletes a channel and takes it off the rules that name it. */
  delete(input: ById, options?: CallOptions): Promise<Deleted>;
  /** Sends a test message at once, without retries, and returns the result. */
  test(input: ById, options?: CallOptions): Promise<AlertTestResult>;
}

/** Lists of `alertChannels`. */
export interface AlertChannelLists {
  /** Lists channels, newest first. */
  list(input?: AlertChannelFilter, options?: CallOptions): Promise<ListPage<AlertChannelView>>;
}

/** Where alerts are sent. */
export interface AlertChannelsApi extends Mutations<AlertChannelMutations>, Lists<AlertChannelLists> {}

/** Mutations of `alertRules`. */
export interface AlertRuleMutations {
  /** Creates a rule. */
  create(input: NewAlertRule, options?: CallOptions): Promise<AlertRuleView>;
  /** Changes the given fields of a rule. */
  update(input: AlertRuleChange, options?: CallOptions): Promise<AlertRuleView>;
  /** Deletes a rule. Its open alerts end without a message. */
  delete(input: ById, options?: CallOptions): Promise<Deleted>;
}

/** Lists of `alertRules`. */
export interface AlertRuleLists {
  /** Lists rules, newest first. */
  list(input?: AlertRuleFilter, options?: CallOptions): Promise<ListPage<AlertRuleView>>;
}

/** When alerts are sent. */
export interface AlertRulesApi extends Mutations<AlertRuleMutations>, Lists<AlertRuleLists> {}

/** Queries of `alerts`. */
export interface AlertQueries {
  /** Returns whether the server can send e-mail and lets accounts have alerts. */
  settings(input?: undefined, options?: CallOptions): Promise<AlertSettings>;
}

/** Lists of `alerts`. */
export interface AlertLists {
  /** Lists the messages that were sent to channels, newest first. */
  history(input?: AlertHistoryFilter, options?: CallOptions): Promise<ListPage<AlertMessageView>>;
}

/** The alerts that were sent. */
export interface AlertsApi extends Queries<AlertQueries>, Lists<AlertLists> {}

/** Lists of `auditLog`. */
export interface AuditLogLists {
  /** Lists entries of the audit log, newest first. */
  list(input?: AuditFilter, options?: CallOptions): Promise<ListPage<AuditEntryView>>;
}

/** The audit log. */
export interface AuditLogApi extends Lists<AuditLogLists> {}

/** Queries of `search`. */
export interface SearchQueries {
  /**
   * Finds objects by ids, names, hosts, descriptions and values of payloads, among what the caller may read. Needs no
   * scope of its own.
   */
  find(input: SearchQuery, options?: CallOptions): Promise<SearchResult>;
}

/** Lists of `search`. */
export interface SearchLists<E> {
  /** Returns the events with a value, of an app or of a webhook, newest first, with their verdicts. */
  timeline(input: TimelineFilter, options?: CallOptions): Promise<TimelinePage<E>>;
}

/** The search. */
export interface SearchApi<E = BuiltInEvents> extends Queries<SearchQueries>, Lists<SearchLists<E>> {}

/** Queries of `system`. */
export interface SystemQueries {
  /** Returns counts over the last 1, 24 (default) or 168 hours, the queue and the failing webhooks. */
  stats(input?: StatsQuery, options?: CallOptions): Promise<SystemStats>;
  /**
   * Reconciles the events of a window with their deliveries; the default is the last day. Requires the scope
   * `operator`.
   */
  audit(input?: AuditQuery, options?: CallOptions): Promise<SystemAudit>;
}

/** The state of the installation. */
export interface SystemApi extends Queries<SystemQueries> {}

/** The procedures of the server, except publishing and subscribing. */
export interface Api<E = BuiltInEvents> {
  readonly accounts: AccountsApi;
  readonly keys: KeysApi;
  readonly apps: AppsApi;
  readonly webhooks: WebhooksApi<E>;
  readonly events: EventsApi<E>;
  readonly eventTypes: EventTypesApi;
  readonly deliveries: DeliveriesApi<E>;
  readonly incidents: IncidentsApi<E>;
  readonly alertChannels: AlertChannelsApi;
  readonly alertRules: AlertRulesApi;
  readonly alerts: AlertsApi;
  readonly auditLog: AuditLogApi;
  readonly search: SearchApi<E>;
  readonly system: SystemApi;
}

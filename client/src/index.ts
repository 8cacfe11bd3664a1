/**
 * Client of a Tocsin server: publish events, manage webhooks, inspect deliveries, subscribe to events.
 *
 * @module
 */
export type {
  AnyCatalog,
  AnyEventType,
  AuditDetails,
  AuthforgeEvents,
  AuthonEvents,
  BuiltInEvents,
  BuiltInSides,
  Catalog,
  CatalogEvent,
  Contract,
  DataOf,
  ErrorCode,
  EventData,
  EventName,
  EventPayload,
  EventSelector,
  EventsOf,
  EventType,
  InputData,
  NameArg,
  PayloadSource,
  PublishData,
  ReceivedBuiltInEvents,
  SelectedName,
  Sides,
  SuggestedName,
} from '@tocsin/shared';
export type { CallOptions } from './call-options.ts';
export { createTocsinClient } from './client.ts';
export type { CatalogFor } from './catalog-option.ts';
export type { ClientEventsApi, CloseOptions, TocsinClient, TypedClient } from './client.ts';
export { isTocsinClientError, TocsinClientError } from './errors.ts';
export type { ClientErrorCode, ClientErrorDetails } from './errors.ts';
export type {
  AppFeed,
  Feed,
  FeedConsume,
  FeedConsumer,
  FeedConsumerOptions,
  FeedConsumerView,
  FeedEvent,
  FeedPage,
  FeedRead,
  FeedReadInput,
  FeedRetry,
  FeedRunOptions,
} from './feed/types.ts';
export type { FetchLike, FetchResponse } from './fetch-like.ts';
export type { ClientLogger, CoalesceOptions, RetryOptions, TocsinClientOptions } from './options.ts';
export type {
  AccountLists,
  AccountMutations,
  AccountQueries,
  AccountsApi,
  Api,
  AppLists,
  AppMutations,
  AppQueries,
  AppsApi,
  AuditLogApi,
  AuditLogLists,
  ById,
  DeliveriesApi,
  Deleted,
  DeletedEventType,
  DeliveryLists,
  DeliveryMutations,
  DeliveryQueries,
  EventLists,
  EventQueries,
  EventsApi,
  EventTypeLists,
  EventTypeMutations,
  EventTypeQueries,
  EventTypesApi,
  KeyLists,
  KeyMutations,
  KeysApi,
  RevokedKey,
  SystemApi,
  SystemQueries,
  WebhookLists,
  WebhookMutations,
  WebhookQueries,
  WebhooksApi,
} from './procedures/api.ts';
export type {
  AccountUsage,
  AccountView,
  AppDeletionView,
  AppView,
  CreatedKey,
  ErasedCounts,
  KeyRotation,
  KeyView,
  LimitName,
  LimitsChange,
  LimitUsage,
  NewAccount,
  NewApp,
  NewKey,
  Scope,
  UsageQuery,
} from './procedures/types/access.ts';
export type {
  AttemptReason,
  AttemptView,
  CancelResult,
  DeliveryDetail,
  DeliveryFilter,
  DeliveryReason,
  DeliveryRetry,
  DeliveryStatus,
  DeliveryView,
  NewCancellation,
  NewReplay,
  ReplayFilter,
  ReplayStarted,
  ReplayView,
} from './procedures/types/delivery.ts';
export type {
  EventPresentation,
  EventPresentationField,
  EventTypeDeletion,
  EventTypeDetail,
  EventTypeFilter,
  EventTypeListItem,
  EventTypeQuery,
  EventTypeRegistration,
  EventTypeVersion,
  NewEventTypes,
  RegisteredEventType,
  RegisteredEventTypes,
} from './procedures/types/event-type.ts';
export type {
  EventExplanation,
  EventFilter,
  EventTypeView,
  EventView,
  ExplainVerdict,
  WebhookVerdict,
} from './procedures/types/event.ts';
export type {
  AuditAction,
  AuditActor,
  AuditChange,
  AuditEntryView,
  AuditFilter,
  AuditFinding,
  AuditQuery,
  AuditWindow,
  DeliveryState,
  IndexStatus,
  ReasonCount,
  StatsInterval,
  StatsLatency,
  StatsQuery,
  StatsQueue,
  StatsTotals,
  SystemAudit,
  SystemStats,
} from './procedures/types/system.ts';
export type {
  Backlog,
  BacklogSince,
  ClientCertificateInput,
  ClientCertificateView,
  CreatedWebhook,
  DisabledReason,
  EndpointHealthView,
  EndpointState,
  Format,
  NewPreview,
  NewWebhook,
  Preview,
  RotatedWebhook,
  SecretRotation,
  Signing,
  SigningProfile,
  TestResult,
  UpdatedWebhook,
  WebhookChange,
  WebhookDeletion,
  WebhookFilter,
  WebhookView,
} from './procedures/types/webhook.ts';
export type { PageInput } from './procedures/page-input.ts';
export type { TestPing } from './procedures/test-ping.ts';
export type {
  ListIteration,
  ListQuery,
  Lists,
  Mutation,
  Mutations,
  Queries,
  Query,
} from './procedures/calls.ts';
export type { CountedListPage, ListPage } from './procedures/iterate.ts';
export type { Publisher } from './publish/publisher.ts';
export type {
  EventToPublish,
  Published,
  PublishEvent,
  PublishFields,
  PublishOutcome,
} from './publish/types.ts';
export type { KnownEvent, ReceivedEvent, UnknownEvent, UnparsedEvent } from './receiver/event.ts';
export type { Reconnect } from './subscribe/reconnecting-stream.ts';
export type { StreamFields } from './subscribe/stream-fields.ts';
export type {
  StreamEvent,
  StreamedEvent,
  Subscribe,
  SubscribeInput,
  SubscribeOptions,
  UnknownStreamEvent,
} from './subscribe/subscribe.ts';

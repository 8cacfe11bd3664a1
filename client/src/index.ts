/**
 * Client of a Tocsin server: publish events, manage webhooks, inspect deliveries, subscribe to events.
 *
 * @module
 */
export type {
  AccountUsage,
  AccountView,
  AnyCatalog,
  AnyEventType,
  AppDeletionView,
  AppView,
  AttemptReason,
  AttemptView,
  AuditAction,
  AuditActor,
  AuditDetails,
  AuditEntryView,
  AuditFinding,
  AuthforgeEvents,
  AuthonEvents,
  Backlog,
  BuiltInEvents,
  BuiltInSides,
  CancelResult,
  Catalog,
  CatalogEvent,
  ClientCertificateInput,
  ClientCertificateView,
  Contract,
  CreatedKey,
  DataOf,
  DeliveryReason,
  DeliveryState,
  DeliveryStatus,
  DisabledReason,
  EndpointHealthView,
  EndpointState,
  ErasedCounts,
  ErrorCode,
  EventData,
  EventName,
  EventPayload,
  EventSelector,
  EventsOf,
  EventType,
  ExplainVerdict,
  Format,
  IndexStatus,
  InputData,
  KeyView,
  LimitName,
  LimitUsage,
  NameArg,
  PayloadSource,
  Preview,
  PublishData,
  ReceivedBuiltInEvents,
  ReplayStarted,
  ReplayView,
  Scope,
  SelectedName,
  Sides,
  Signing,
  SigningProfile,
  SuggestedName,
  SystemAudit,
  SystemStats,
  TestResult,
} from '@tocsin/shared';
export type { CallOptions } from './call-options.ts';
export { createTocsinClient } from './client.ts';
export type { CatalogFor } from './catalog-option.ts';
export type { ClientEventsApi, CloseOptions, TocsinClient, TypedClient } from './client.ts';
export { isTocsinClientError, TocsinClientError } from './errors.ts';
export type { ClientErrorCode, ClientErrorDetails } from './errors.ts';
export type { FetchLike, FetchResponse } from './fetch-like.ts';
export type { ClientLogger, CoalesceOptions, RetryOptions, TocsinClientOptions } from './options.ts';
export type {
  AccountsApi,
  Api,
  AppsApi,
  AuditFilter,
  AuditLogApi,
  AuditQuery,
  ById,
  DeliveriesApi,
  DeliveryFilter,
  EventFilter,
  EventsApi,
  KeyRotation,
  KeysApi,
  LimitsChange,
  ListInput,
  NewAccount,
  NewApp,
  NewCancellation,
  NewKey,
  NewPreview,
  NewReplay,
  NewWebhook,
  PageInput,
  ReplayFilter,
  SecretRotation,
  StatsQuery,
  SystemApi,
  TestPing,
  UsageQuery,
  WebhookChange,
  WebhooksApi,
} from './procedures/api.ts';
export type {
  CreatedWebhook,
  DeliveryDetail,
  DeliveryView,
  EventExplanation,
  EventTypeView,
  EventView,
  RotatedWebhook,
  UpdatedWebhook,
  WebhookView,
} from './procedures/views.ts';
export type { ListIteration, ListQuery, Mutation, ProcedureCall, Query } from './procedures/calls.ts';
export type { ListPage } from './procedures/iterate.ts';
export type { Publisher } from './publish/publisher.ts';
export type {
  EventToPublish,
  Published,
  PublishEvent,
  PublishFields,
  PublishOutcome,
} from './publish/types.ts';
export type { KnownEvent, ReceivedEvent, UnknownEvent, UnparsedEvent } from './receiver/event.ts';
export type { StreamEvent, Subscribe, SubscribeInput } from './subscribe/subscribe.ts';

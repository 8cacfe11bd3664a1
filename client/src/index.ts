/**
 * Client of a Tocsin server: publish events, manage webhooks, inspect deliveries, subscribe to events.
 *
 * @module
 */
export type {
  AccountView,
  AnyEventType,
  AppDeletionView,
  AppView,
  AttemptView,
  AuditAction,
  AuditEntryView,
  CreatedKey,
  CreatedWebhook,
  DeliveryDetail,
  DeliveryStatus,
  DeliveryView,
  ErrorCode,
  EventPayload,
  EventType,
  EventTypeView,
  EventView,
  Format,
  KeyView,
  SigningProfile,
  PublishData,
  RotatedWebhook,
  Scope,
  Signing,
  TestResult,
  WebhookView,
} from '@tocsin/shared';
export type { CallOptions } from './call-options.ts';
export { createTocsinClient } from './client.ts';
export type { CloseOptions, TocsinClient } from './client.ts';
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
  DeliveriesApi,
  DeliveryFilter,
  EventFilter,
  EventsApi,
  EventTypesApi,
  KeysApi,
  NewCancellation,
  NewReplay,
  NewWebhook,
  PageInput,
  SystemApi,
  WebhookChange,
  WebhooksApi,
} from './procedures/api.ts';
export type { ListIteration, ListQuery, Mutation, ProcedureCall, Query } from './procedures/calls.ts';
export type { ListPage } from './procedures/iterate.ts';
export type { Publisher } from './publish/publisher.ts';
export type { EventToPublish, Published, PublishEvent, PublishOutcome } from './publish/types.ts';
export type { KnownEvent, UnknownEvent } from './receiver/event.ts';
export type { StreamEvent, Subscribe, SubscribeInput } from './subscribe/subscribe.ts';

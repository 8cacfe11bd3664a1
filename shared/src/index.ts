export {
  accountView,
  appView,
  createAccountInput,
  createAppInput,
  createKeyInput,
  createdKey,
  grantableScopes,
  keyView,
  scope,
} from './access.ts';
export type {
  AccountView,
  AppView,
  CreateAppInput,
  CreateKeyInput,
  CreatedKey,
  KeyView,
  Scope,
} from './access.ts';
export { auditAction, auditActor, auditEntryView, auditListInput } from './audit.ts';
export type { AuditAction, AuditActor, AuditDetails, AuditEntryView } from './audit.ts';
export {
  attemptReason,
  attemptView,
  deliveryDetail,
  deliveryReason,
  deliveryStatus,
  deliveryView,
} from './delivery.ts';
export type {
  AttemptReason,
  AttemptView,
  DeliveryDetail,
  DeliveryReason,
  DeliveryStatus,
  DeliveryView,
} from './delivery.ts';
export { contractEnvelope, standardEnvelope } from './envelope.ts';
export { errorTable, isErrorCode } from './errors.ts';
export type { ErrorCode, ErrorRow } from './errors.ts';
export {
  eventExplanation,
  eventTypeView,
  explainVerdict,
  eventView,
  idempotencyKey,
  publishInput,
  publishManyInput,
  publishManyResult,
  publishResult,
} from './event.ts';
export type {
  EventExplanation,
  EventTypeView,
  EventView,
  ExplainVerdict,
  PublishInput,
  PublishManyResult,
  PublishResult,
} from './event.ts';
export {
  anyEventTypes,
  getEventDefinition,
  eventCatalog,
  eventTypes,
  eventTypesFor,
  isAnyEventType,
  isEventType,
  payloadJsonSchema,
} from './events/catalog.ts';
export type { AnyEventType, EventPayload, EventType, PublishData } from './events/catalog.ts';
export type { EventDefinition, Contract, PayloadSource } from './events/definition.ts';
export { accountId, apiKeyId, appId, deliveryId, eventId, webhookId } from './ids.ts';
export { pageCursor, pageLimit, pageSchema } from './paging.ts';
export type { Page } from './paging.ts';
export {
  createWebhookInput,
  createdWebhook,
  customHeaders,
  disabledReason,
  endpointHealth,
  endpointState,
  format,
  preview,
  previewInput,
  profile,
  rateLimitPerSecond,
  rotateSecretInput,
  rotatedWebhook,
  signing,
  subscribableEvent,
  testResult,
  updateWebhookInput,
  webhookUrl,
  webhookView,
} from './webhook.ts';
export type {
  CreateWebhookInput,
  Backlog,
  CreatedWebhook,
  DisabledReason,
  EndpointHealthView,
  EndpointState,
  Format,
  Preview,
  PreviewInput,
  SigningProfile,
  RotateSecretInput,
  RotatedWebhook,
  Signing,
  TestResult,
  UpdateWebhookInput,
  WebhookView,
} from './webhook.ts';
export {
  toBytes,
  equalInConstantTime,
  equalSecrets,
  fromBase64,
  toKeyBytes,
  signAuthforge,
  signStandard,
  signedContent,
} from './signature.ts';
export type { StandardMessage } from './signature.ts';
export {
  auditFinding,
  deliveryState,
  indexStatus,
  statsHours,
  systemAudit,
  systemAuditInput,
  systemStats,
} from './system.ts';
export type { AuditFinding, DeliveryState, IndexStatus, SystemAudit, SystemStats } from './system.ts';
export { cancelInput, cancelResult, replayId, replayInput, replayStarted, replayView } from './delivery.ts';
export type { CancelInput, CancelResult, ReplayInput, ReplayStarted, ReplayView } from './delivery.ts';

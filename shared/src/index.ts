export {
  accountView,
  appDeletionView,
  appView,
  createAccountInput,
  createAppInput,
  createKeyInput,
  createdKey,
  erasedCounts,
  grantableScopes,
  keyView,
  rotateKeyInput,
  scope,
} from './access.ts';
export type {
  AccountView,
  AppDeletionView,
  AppView,
  CreateAccountInput,
  CreateAppInput,
  CreateKeyInput,
  CreatedKey,
  ErasedCounts,
  KeyView,
  RotateKeyInput,
  Scope,
} from './access.ts';
export { auditCsvHeader, toAuditCsvLine } from './audit-csv.ts';
export {
  alertChannelById,
  alertChannelId,
  alertChannelKind,
  alertChannelView,
  alertEmailAddress,
  alertHistoryFilter,
  alertHistoryInput,
  alertKind,
  alertMessageKind,
  alertMessageStatus,
  alertMessageView,
  alertRuleById,
  alertRuleId,
  alertRuleView,
  alertSettings,
  alertTarget,
  alertTestResult,
  createAlertChannelInput,
  createAlertRuleInput,
  createdAlertChannel,
  deletedAlertObject,
  listAlertChannelsInput,
  listAlertRulesInput,
  updateAlertChannelInput,
  updateAlertRuleInput,
} from './alert.ts';
export type {
  AlertChannelKind,
  AlertChannelView,
  AlertHistoryFilter,
  AlertHistoryInput,
  AlertKind,
  AlertMessageKind,
  AlertMessageStatus,
  AlertMessageView,
  AlertRuleView,
  AlertSettings,
  AlertTarget,
  AlertTestResult,
  CreateAlertChannelInput,
  CreateAlertRuleInput,
  CreatedAlertChannel,
  UpdateAlertChannelInput,
  UpdateAlertRuleInput,
} from './alert.ts';
export {
  auditAction,
  auditActor,
  auditChange,
  auditEntryView,
  auditFilter,
  listAuditEntriesInput,
} from './audit.ts';
export type {
  AuditAction,
  AuditActor,
  AuditChange,
  AuditDetails,
  AuditEntryView,
  AuditFilter,
  ListAuditEntriesInput,
} from './audit.ts';
export { authforgeCatalog, authonCatalog } from './catalog/built-in-catalogs.ts';
export { checkData, toIssueText } from './catalog/check-data.ts';
export type { CheckedData, DataIssue } from './catalog/check-data.ts';
export { findCatalogEvent, isCatalog } from './catalog/catalog.ts';
export type { AnyCatalog, Catalog, EventName, EventsOf } from './catalog/catalog.ts';
export { defineCatalog, mergeCatalogs } from './catalog/define-catalog.ts';
export type { EventTypeInput } from './catalog/define-catalog.ts';
export type { CatalogEvent, Downcast } from './catalog/event-definition.ts';
export type {
  DataOf,
  EventData,
  EventSelector,
  InputData,
  NameArg,
  ParsedData,
  SelectedName,
  Sides,
  SuggestedName,
  WireData,
} from './catalog/event-map.ts';
export { isEventPattern, matchesEventType } from './catalog/event-pattern.ts';
export {
  findNumber,
  findSchema,
  isObject as isJsonObject,
  listSchemas,
  listTexts,
  mapSchemas,
} from './catalog/json-schema.ts';
export type { JsonSchemaObject } from './catalog/json-schema.ts';
export {
  findEventTypeNameFault,
  hasEventTypeForm,
  isReservedEventType,
  maxEventTypeLength,
  quoteName,
} from './catalog/event-type-name.ts';
export type { EventTypeNameFault, ReservedEventType } from './catalog/event-type-name.ts';
export type { FieldPresentation, FieldStyle, MessageKind, Presentation } from './catalog/presentation.ts';
export type {
  SchemaInput,
  SchemaOutput,
  StandardJsonSchema,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaProps,
  StandardSchemaResult,
  StandardSchemaTypes,
} from './catalog/standard-schema.ts';
export { isChat } from './chat-format.ts';
export type { ChatFormat } from './chat-format.ts';
export {
  attemptReason,
  attemptView,
  deliveryDetail,
  deliveryEndpoint,
  deliveryFilter,
  deliveryReason,
  deliveryStatus,
  deliveryView,
  headerLine,
  lastAttempt,
  listDeliveriesInput,
  recordedRequest,
  statusClass,
} from './delivery.ts';
export type {
  AttemptReason,
  AttemptView,
  DeliveryDetail,
  DeliveryFilter,
  DeliveryReason,
  DeliveryStatus,
  DeliveryView,
  ListDeliveriesInput,
  RecordedRequest,
  StatusClass,
} from './delivery.ts';
export { contractEnvelope, standardEnvelope } from './envelope.ts';
export { isErrorCode } from './error-codes.ts';
export type { ErrorCode } from './error-codes.ts';
export { errorTable } from './errors.ts';
export type { ErrorRow } from './errors.ts';
export {
  eventExplanation,
  eventFilter,
  explainVerdict,
  eventView,
  idempotencyKey,
  listEventsInput,
  publishInput,
  publishManyInput,
  publishManyResult,
  publishResult,
  subscribeInput,
} from './event.ts';
export type {
  EventExplanation,
  EventFilter,
  EventView,
  ExplainVerdict,
  ListEventsInput,
  PublishInput,
  PublishManyResult,
  PublishResult,
  SubscribeInput,
} from './event.ts';
export { builtInFields, findBuiltInSchema } from './events/built-in-checks.ts';
export type {
  AuthforgeEvents,
  AuthonEvents,
  BuiltInEvents,
  BuiltInSides,
  ReceivedBuiltInEvents,
} from './events/built-in-events.ts';
export {
  deleteEventTypeInput,
  eventPresentation,
  eventTypeDetail,
  eventTypeListItem,
  eventTypeName,
  eventTypeOrPattern,
  eventTypeRegistration,
  eventTypeView,
  eventVersion,
  getEventTypeInput,
  listEventTypesInput,
  registerEventTypesInput,
  registeredEventTypes,
  storedEventType,
  unknownEventPrefix,
} from './event-type.ts';
export type {
  EventTypeDetail,
  EventTypeListItem,
  EventTypeRegistration,
  EventTypeView,
  ListEventTypesInput,
  RegisterEventTypesInput,
  RegisteredEventTypes,
} from './event-type.ts';
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
export { operationalCatalog } from './events/operational.ts';
export type { OperationalEvents } from './events/operational.ts';
export { callKey } from './call-key.ts';
export {
  deleteFeedConsumerInput,
  deletedFeedConsumer,
  feedCommitInput,
  feedCommitResult,
  feedConsumerName,
  feedConsumers,
  feedConsumersInput,
  feedConsumerView,
  feedCursor,
  feedEventView,
  feedPage,
  feedReadInput,
  maxFeedEvents,
  maxFeedWaitMs,
} from './feed.ts';
export type {
  FeedCommitInput,
  FeedCommitResult,
  FeedConsumers,
  FeedConsumerView,
  FeedEventView,
  FeedPage,
  FeedReadInput,
} from './feed.ts';
export { accountId, apiKeyId, appId, deliveryId, eventId, webhookId } from './ids.ts';
export { findJsonProblem, listJsonProblems, toProblemMessage } from './json-problems.ts';
export type { JsonProblem } from './json-problems.ts';
export { accountUsage, accountUsageInput, limitName, limitUsage, setLimitsInput } from './limits.ts';
export type { AccountUsage, AccountUsageInput, LimitName, LimitUsage, SetLimitsInput } from './limits.ts';
export {
  countedPageSchema,
  listAccountsInput,
  listAppsInput,
  listKeysInput,
  maxTotal,
  searchText,
} from './lists.ts';
export type { ListAccountsInput, ListAppsInput, ListKeysInput } from './lists.ts';
export { getUrlCredentials, maskText, maskUrl } from './mask-url.ts';
export { pageCursor, pageFields, pageInput, pageLimit, pageSchema, pageSize } from './paging.ts';
export type { CountedPage, Page, PageInput } from './paging.ts';
export { listProblems } from './problems/list-problems.ts';
export type { ZodSchema } from './problems/list-problems.ts';
export { findNamesWithin, findNearNames } from './problems/near-name.ts';
export { toNamedProblems, toPathText, toProblemsText } from './problems/problem.ts';
export type { Problem } from './problems/problem.ts';
export {
  toFormatText,
  toLengthText,
  toMismatch,
  toMissing,
  toTypeName,
  toUnknownField,
  toValueList,
  unknownFieldPrefix,
} from './problems/words.ts';
export {
  attemptReasonLabels,
  deliveryReasonLabels,
  describeAttempt,
  describeDisabled,
  describeReason,
  disabledReasonLabels,
  toReasonLabel,
} from './reason-words.ts';
export {
  createWebhookInput,
  createdWebhook,
  clientCertificateInput,
  clientCertificateView,
  customHeaders,
  deleteWebhookInput,
  disabledBy,
  disabledReason,
  endpointHealth,
  endpointState,
  format,
  preview,
  listWebhooksInput,
  previewInput,
  profile,
  rateLimitPerSecond,
  rotateSecretInput,
  rotatedWebhook,
  signing,
  testResult,
  updatedWebhook,
  updateWebhookInput,
  webhookUrl,
  webhookView,
} from './webhook.ts';
export type {
  ClientCertificateInput,
  ClientCertificateView,
  CreateWebhookInput,
  Backlog,
  CreatedWebhook,
  DisabledBy,
  DisabledReason,
  EndpointHealthView,
  EndpointState,
  Format,
  Preview,
  ListWebhooksInput,
  PreviewInput,
  SigningProfile,
  RotateSecretInput,
  RotatedWebhook,
  Signing,
  TestResult,
  UpdatedWebhook,
  UpdateWebhookInput,
  WebhookView,
} from './webhook.ts';
export { webhookActivity, webhookActivityInput } from './webhook-activity.ts';
export type { WebhookActivity, WebhookActivityInput } from './webhook-activity.ts';
export {
  sampleResult,
  sendSampleInput,
  sendWaitingInput,
  sendWaitingResult,
  webhookBacklog,
  webhookBacklogInput,
} from './webhook-recovery.ts';
export type {
  SampleResult,
  SendSampleInput,
  SendWaitingInput,
  SendWaitingResult,
  WebhookBacklog,
  WebhookBacklogInput,
} from './webhook-recovery.ts';
export {
  listWebhookSummariesInput,
  toSummaryEvents,
  webhookCounts,
  webhookSummaries,
  webhookSummary,
} from './webhook-list.ts';
export type {
  ListWebhookSummariesInput,
  WebhookCounts,
  WebhookSummaries,
  WebhookSummary,
} from './webhook-list.ts';
export {
  searchHit,
  searchInput,
  searchKind,
  searchResult,
  timelineInput,
  timelineItem,
  timelinePage,
} from './search.ts';
export type {
  SearchHit,
  SearchInput,
  SearchKind,
  SearchResult,
  TimelineInput,
  TimelineItem,
  TimelinePage,
} from './search.ts';
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
  countIncidentsInput,
  type CountIncidentsInput,
  incidentCounts,
  incidentId,
  incidentState,
  incidentView,
  listIncidentsInput,
  listUnhealthyInput,
  maxSnoozeDays,
  noteIncidentInput,
  snoozeIncidentInput,
  unhealthyState,
  unhealthyWebhook,
} from './incident.ts';
export type {
  IncidentCounts,
  IncidentFilter,
  IncidentState,
  IncidentView,
  NoteIncidentInput,
  SnoozeIncidentInput,
  UnhealthyFilter,
  UnhealthyState,
  UnhealthyWebhookView,
} from './incident.ts';
export {
  auditFinding,
  deliveryState,
  indexStatus,
  statsInput,
  systemAudit,
  systemAuditInput,
  systemStats,
} from './system.ts';
export type {
  AuditFinding,
  DeliveryState,
  IndexStatus,
  StatsInput,
  SystemAudit,
  SystemStats,
} from './system.ts';
export {
  cancelInput,
  cancelManyInput,
  cancelResult,
  changedDeliveries,
  changedDelivery,
  resendInput,
  retryInput,
  retryManyInput,
  sentByHand,
  skippedReason,
} from './delivery.ts';
export type {
  CancelInput,
  CancelManyInput,
  CancelResult,
  ChangedDeliveries,
  ChangedDelivery,
  ResendInput,
  RetryInput,
  RetryManyInput,
  SkippedReason,
} from './delivery.ts';
export { catalogSnapshot, snapshotFromText, toSnapshotText } from './catalog/catalog-snapshot.ts';
export type { CatalogSnapshot, SnapshotEventType } from './catalog/catalog-snapshot.ts';
export { checkSchemaBounds } from './catalog/check-schema-bounds.ts';
export { compareSchemas } from './catalog/compare-schemas.ts';
export type { SchemaDifference } from './catalog/compare-schemas.ts';
export type { JsonSchema } from './catalog/json-schema.ts';
export { toPayloadJsonSchema } from './catalog/payload-json-schema.ts';
export { listSearchableFields, markSearchable } from './catalog/searchable-fields.ts';
export type { PayloadSchema, PayloadSide } from './catalog/payload-json-schema.ts';
export type { SchemaProblem } from './catalog/schema-problem.ts';
export { writeTypes } from './catalog/write-types.ts';
export type { TypedEvent, WriteTypesOptions } from './catalog/write-types.ts';
export {
  listReplaysInput,
  replayFilter,
  replayId,
  replayInput,
  replayStarted,
  replayView,
} from './replay.ts';
export type { ListReplaysInput, ReplayFilter, ReplayInput, ReplayStarted, ReplayView } from './replay.ts';

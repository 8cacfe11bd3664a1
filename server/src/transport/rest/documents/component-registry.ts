import * as shared from '@tocsin/shared';
import * as z from 'zod';
import { errorSchema } from '../errors.ts';
import { publishResponse } from '../publish-route.ts';

/** The schemas that the document has by name, wherever they occur. */
const components: Readonly<Record<string, z.ZodType>> = {
  Error: errorSchema,
  PublishResult: publishResponse,
  Account: shared.accountView,
  AccountUsage: shared.accountUsage,
  LimitUsage: shared.limitUsage,
  App: shared.appView,
  AppDeletion: shared.appDeletionView,
  Key: shared.keyView,
  CreatedKey: shared.createdKey,
  Scope: shared.scope,
  AuditAction: shared.auditAction,
  AuditActor: shared.auditActor,
  AuditEntry: shared.auditEntryView,
  AuditFinding: shared.auditFinding,
  Attempt: shared.attemptView,
  AttemptReason: shared.attemptReason,
  Delivery: shared.deliveryView,
  DeliveryDetail: shared.deliveryDetail,
  DeliveryReason: shared.deliveryReason,
  DeliveryStatus: shared.deliveryStatus,
  HeaderLine: shared.headerLine,
  RecordedRequest: shared.recordedRequest,
  StatusClass: shared.statusClass,
  LastAttempt: shared.lastAttempt,
  DeliveryEndpoint: shared.deliveryEndpoint,
  SkippedReason: shared.skippedReason,
  ChangedDelivery: shared.changedDelivery,
  ChangedDeliveries: shared.changedDeliveries,
  CancelResult: shared.cancelResult,
  Replay: shared.replayView,
  ReplayStarted: shared.replayStarted,
  Event: shared.eventView,
  EventExplanation: shared.eventExplanation,
  ExplainVerdict: shared.explainVerdict,
  PublishedResult: shared.publishResult,
  PublishManyResult: shared.publishManyResult,
  EventType: shared.eventTypeView,
  EventTypeDetail: shared.eventTypeDetail,
  EventTypeListItem: shared.eventTypeListItem,
  RegisteredEventTypes: shared.registeredEventTypes,
  ClientCertificate: shared.clientCertificateView,
  CreatedWebhook: shared.createdWebhook,
  DisabledReason: shared.disabledReason,
  EndpointHealth: shared.endpointHealth,
  EndpointState: shared.endpointState,
  Preview: shared.preview,
  RotatedWebhook: shared.rotatedWebhook,
  TestResult: shared.testResult,
  UpdatedWebhook: shared.updatedWebhook,
  Webhook: shared.webhookView,
  Incident: shared.incidentView,
  UnhealthyWebhook: shared.unhealthyWebhook,
  SystemAudit: shared.systemAudit,
  SystemStats: shared.systemStats,
};

export function createComponentRegistry() {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(components)) registry.add(schema, { id });
  return registry;
}

/**
 * Gives a JSON Schema the description of its zod schema. The registry of the components has names only, so zod does
 * not look there.
 */
export function describeSchema({
  zodSchema,
  jsonSchema,
}: {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const description = z.globalRegistry.get(zodSchema)?.description;
  if (description !== undefined) jsonSchema.description = description;
}

import * as shared from '@tocsin/shared';
import type * as z from 'zod';

/** A type to generate. */
export interface TypeEntry {
  readonly name: string;
  readonly schema: z.ZodType;
  /** What a caller gives, or what the server returns. */
  readonly side: 'input' | 'output';
  /** The type whose schema this one extends. */
  readonly base?: string;
  /**
   * What the type is.
   * @default the description of the schema
   */
  readonly doc?: string;
  /**
   * Writes a type alias. The types of @trpc/server keep a read-only list of them, but not one of interfaces.
   * @default false
   */
  readonly isAlias?: boolean;
  /** Fields that depend on `E`, the map of events, with their types. */
  readonly byEvents?: Readonly<Record<string, string>>;
}

/** A file with the types of one feature. */
export interface TypeFile {
  readonly name: string;
  readonly types: readonly TypeEntry[];
}

type Options = Omit<TypeEntry, 'name' | 'schema' | 'side'>;

function view(name: string, schema: z.ZodType, options: Options = {}): TypeEntry {
  return { name, schema, side: 'output', ...options };
}

function input(name: string, schema: z.ZodType, options: Options = {}): TypeEntry {
  return { name, schema, side: 'input', ...options };
}

const selectors = { events: 'readonly EventSelector<E>[]' };
const storedSelectors = { events: 'readonly (EventSelector<E> | TestPing)[]' };
const { shape: audit } = shared.systemAudit;
const { shape: stats } = shared.systemStats;
const { shape: activity } = shared.webhookActivity;
const backlog = shared.updateWebhookInput.shape.backlog.unwrap();

/** The types by file. A type that a schema contains must be in the list, so that no type is anonymous. */
export const typeFiles: readonly TypeFile[] = [
  {
    name: 'access',
    types: [
      view('Scope', shared.scope),
      view('AccountView', shared.accountView),
      view('AppView', shared.appView),
      view('ErasedCounts', shared.erasedCounts),
      view('AppDeletionView', shared.appDeletionView),
      view('KeyView', shared.keyView),
      view('CreatedKey', shared.createdKey, { base: 'KeyView' }),
      input('AccountFilter', shared.listAccountsInput),
      input('AppFilter', shared.listAppsInput),
      input('KeyFilter', shared.listKeysInput),
      input('NewAccount', shared.createAccountInput),
      input('NewApp', shared.createAppInput),
      input('NewKey', shared.createKeyInput),
      input('KeyRotation', shared.rotateKeyInput),
      view('LimitName', shared.limitName),
      view('LimitUsage', shared.limitUsage),
      view('AccountUsage', shared.accountUsage),
      input('UsageQuery', shared.accountUsageInput),
      input('LimitsChange', shared.setLimitsInput),
    ],
  },
  {
    name: 'webhook',
    types: [
      view('SigningProfile', shared.profile),
      view('Format', shared.format),
      view('Signing', shared.signing),
      view('EndpointState', shared.endpointState),
      view('DisabledReason', shared.disabledReason),
      view('DisabledBy', shared.disabledBy),
      view('EndpointHealthView', shared.endpointHealth),
      view('ClientCertificateView', shared.clientCertificateView),
      view('WebhookView', shared.webhookView, { byEvents: { events: 'SuggestedName<E>[]' } }),
      view('CreatedWebhook', shared.createdWebhook, { base: 'WebhookView' }),
      view('UpdatedWebhook', shared.updatedWebhook, { base: 'WebhookView' }),
      view('RotatedWebhook', shared.rotatedWebhook, { base: 'WebhookView' }),
      view('TestResult', shared.testResult),
      view('Preview', shared.preview),
      view('WebhookBacklog', shared.webhookBacklog),
      view('WaitingSent', shared.sendWaitingResult),
      view('SampleResult', shared.sampleResult),
      view('ActivityTotals', activity.totals),
      view('ActivityLatency', activity.latencyMs.unwrap()),
      view('ActivityInterval', activity.series.element, { doc: 'Counts of one interval.' }),
      view('ActivityStatus', activity.statuses.element, { doc: 'Attempts with one HTTP status.' }),
      view('ActivityReason', activity.reasons.element, { doc: 'Attempts that failed for one reason.' }),
      view('ActivityType', activity.types.element, { doc: 'Attempts of one event type.' }),
      view('WebhookActivity', shared.webhookActivity),
      input('BacklogQuery', shared.webhookBacklogInput),
      input('WaitingSending', shared.sendWaitingInput),
      input('NewSample', shared.sendSampleInput, { byEvents: { event: 'EventName<E>' } }),
      input('ActivityQuery', shared.webhookActivityInput),
      input('ClientCertificateInput', shared.clientCertificateInput),
      input('Backlog', backlog),
      input('BacklogSince', backlog.options[1]),
      input('NewWebhook', shared.createWebhookInput, { byEvents: selectors }),
      input('WebhookChange', shared.updateWebhookInput, { byEvents: selectors }),
      input('WebhookDeletion', shared.deleteWebhookInput),
      input('WebhookFilter', shared.listWebhooksInput),
      view('WebhookSummary', shared.webhookSummary),
      view('WebhookCounts', shared.webhookCounts),
      view('WebhookSummaries', shared.webhookSummaries),
      input('WebhookSummaryFilter', shared.listWebhookSummariesInput),
      input('SecretRotation', shared.rotateSecretInput),
      input('NewPreview', shared.previewInput, { byEvents: { event: 'EventName<E> | TestPing' } }),
    ],
  },
  {
    name: 'event',
    types: [
      view('ExplainVerdict', shared.explainVerdict),
      view('EventView', shared.eventView, { byEvents: { event: 'SuggestedName<E>' } }),
      view('WebhookVerdict', shared.eventExplanation.shape.verdicts.element, {
        doc: 'What happened to an event at one webhook.',
      }),
      view('EventExplanation', shared.eventExplanation, { byEvents: { event: 'EventView<E>' } }),
      view('EventTypeView', shared.eventTypeView, { byEvents: { type: 'SuggestedName<E>' } }),
      input('EventFilter', shared.listEventsInput, { byEvents: { event: 'EventName<E>' } }),
      view('SearchKind', shared.searchKind),
      view('SearchHit', shared.searchHit),
      view('SearchGroup', shared.searchResult.shape.groups.element, { doc: 'The hits of one kind.' }),
      view('SearchResult', shared.searchResult),
      view('TimelineItem', shared.timelineItem, { base: 'EventExplanation' }),
      view('TimelineAccount', shared.timelinePage.shape.accounts.element, {
        doc: 'An account that has events with a value.',
      }),
      view('TimelinePage', shared.timelinePage, { byEvents: { items: 'TimelineItem<E>[]' } }),
      input('SearchQuery', shared.searchInput),
      input('TimelineFilter', shared.timelineInput),
    ],
  },
  {
    name: 'event-type',
    types: [
      view('EventPresentationField', shared.eventPresentation.shape.fields.unwrap().element, {
        doc: 'A field of `data` in the message for chat services.',
        isAlias: true,
      }),
      view('EventPresentation', shared.eventPresentation),
      view('EventTypeListItem', shared.eventTypeListItem),
      view('EventTypeVersion', shared.eventTypeDetail.shape.history.element, {
        doc: 'One version of an event type.',
      }),
      view('EventTypeDetail', shared.eventTypeDetail, { base: 'EventTypeListItem' }),
      view('RegisteredEventType', shared.registeredEventTypes.shape.eventTypes.element, {
        doc: 'The result of registering one event type.',
      }),
      view('RegisteredEventTypes', shared.registeredEventTypes),
      input('EventTypeRegistration', shared.eventTypeRegistration),
      input('NewEventTypes', shared.registerEventTypesInput),
      input('EventTypeFilter', shared.listEventTypesInput),
      input('EventTypeQuery', shared.getEventTypeInput),
      input('EventTypeDeletion', shared.deleteEventTypeInput),
    ],
  },
  {
    name: 'delivery',
    types: [
      view('DeliveryStatus', shared.deliveryStatus),
      view('DeliveryReason', shared.deliveryReason),
      view('AttemptReason', shared.attemptReason),
      view('HeaderLine', shared.headerLine),
      view('RecordedRequest', shared.recordedRequest),
      view('AttemptView', shared.attemptView),
      view('StatusClass', shared.statusClass),
      view('LastAttempt', shared.lastAttempt),
      view('DeliveryEndpoint', shared.deliveryEndpoint),
      view('DeliveryView', shared.deliveryView, { byEvents: { event: 'SuggestedName<E>' } }),
      view('DeliveryDetail', shared.deliveryDetail, { base: 'DeliveryView' }),
      view('SkippedReason', shared.skippedReason),
      view('ChangedDelivery', shared.changedDelivery),
      view('ChangedDeliveries', shared.changedDeliveries),
      view('CancelResult', shared.cancelResult),
      view('ReplayView', shared.replayView),
      view('ReplayStarted', shared.replayStarted),
      input('DeliveryFilter', shared.listDeliveriesInput),
      input('ChosenDeliveries', shared.retryManyInput, {
        doc: 'Input of `deliveries.retryMany` and `deliveries.cancelMany`.',
      }),
      input('ReplayFilter', shared.listReplaysInput),
      input('NewReplay', shared.replayInput, { byEvents: storedSelectors }),
      input('NewCancellation', shared.cancelInput, { byEvents: storedSelectors }),
      input('DeliveryRetry', shared.retryInput),
      view('SentByHand', shared.sentByHand),
      input('DeliveryResend', shared.resendInput),
    ],
  },
  {
    name: 'incident',
    types: [
      view('IncidentState', shared.incidentState),
      view('IncidentView', shared.incidentView),
      view('IncidentCounts', shared.incidentCounts),
      view('UnhealthyState', shared.unhealthyState),
      view('UnhealthyWebhook', shared.unhealthyWebhook, { base: 'WebhookView' }),
      input('IncidentFilter', shared.listIncidentsInput),
      input('IncidentCountQuery', shared.countIncidentsInput),
      input('IncidentSnooze', shared.snoozeIncidentInput),
      input('IncidentNote', shared.noteIncidentInput),
      input('UnhealthyFilter', shared.listUnhealthyInput),
    ],
  },
  {
    name: 'alert',
    types: [
      view('AlertChannelKind', shared.alertChannelKind),
      view('AlertKind', shared.alertKind),
      view('AlertMessageKind', shared.alertMessageKind),
      view('AlertMessageStatus', shared.alertMessageStatus),
      view('AlertChannelView', shared.alertChannelView),
      view('CreatedAlertChannel', shared.createdAlertChannel, { base: 'AlertChannelView' }),
      view('AlertTestResult', shared.alertTestResult),
      view('AlertRuleView', shared.alertRuleView),
      view('AlertTarget', shared.alertTarget),
      view('AlertMessageView', shared.alertMessageView),
      view('AlertSettings', shared.alertSettings),
      input('NewAlertChannel', shared.createAlertChannelInput),
      input('AlertChannelChange', shared.updateAlertChannelInput),
      input('AlertChannelFilter', shared.listAlertChannelsInput),
      input('NewAlertRule', shared.createAlertRuleInput),
      input('AlertRuleChange', shared.updateAlertRuleInput),
      input('AlertRuleFilter', shared.listAlertRulesInput),
      input('AlertHistoryFilter', shared.alertHistoryInput),
    ],
  },
  {
    name: 'system',
    types: [
      view('AuditAction', shared.auditAction),
      view('AuditActor', shared.auditActor),
      view('AuditChange', shared.auditChange),
      view('AuditEntryView', shared.auditEntryView),
      input('AuditFilter', shared.listAuditEntriesInput),
      view('DeliveryState', shared.deliveryState),
      view('IndexStatus', shared.indexStatus),
      view('StatsTotals', stats.totals),
      view('StatsLatency', stats.latencyMs.unwrap(), { doc: 'Time from acceptance to delivery, in ms.' }),
      view('StatsQueue', stats.queue),
      view('StatsOutcomes', stats.outcomes),
      view('StatsWebhooks', stats.webhooks),
      view('StatsInterval', stats.series.element, { doc: 'Counts of one interval.' }),
      view('SystemStats', shared.systemStats),
      view('AuditFinding', shared.auditFinding),
      view('AuditWindow', audit.window),
      view('ReasonCount', audit.reasons.element, { doc: 'Number of deliveries with a status and a reason.' }),
      view('SystemAudit', shared.systemAudit),
      input('StatsQuery', shared.statsInput),
      input('AuditQuery', shared.systemAuditInput),
    ],
  },
];

import { exists, type IndexSpec } from './index-spec.ts';

/** Indexes of the audit log, alerts, incidents, limits and repeated calls. */
export const operationIndexes: readonly IndexSpec[] = [
  // A process that was suspended for longer drops all that it has cached.
  {
    collection: 'changes',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 24 * 60 * 60 },
  },
  // A budget that nothing was leased from for an hour is full, like one without a document.
  {
    collection: 'rateBudgets',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 60 * 60 },
  },
  {
    collection: 'destinationLimits',
    name: 'until_1',
    key: { until: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  {
    collection: 'idempotentCalls',
    name: 'expiresAt_1',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  {
    collection: 'idempotentCalls',
    name: 'sealedUntil_1',
    key: { sealedUntil: 1 },
    neededFor: 'reading',
    options: exists('sealedUntil'),
  },
  // The erasure of a deleted app.
  { collection: 'idempotentCalls', name: 'appId_1', key: { appId: 1 }, neededFor: 'reading' },
  // Incidents that no attempt belongs to any more.
  {
    collection: 'incidents',
    name: 'lastSeenAt_1',
    key: { lastSeenAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 30 * 24 * 60 * 60 },
  },
  { collection: 'incidents', name: 'by_end', key: { openUntil: -1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'incidents',
    name: 'by_account',
    key: { accountId: 1, openUntil: -1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'incidents',
    name: 'by_app',
    key: { appId: 1, openUntil: -1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'incidents',
    name: 'by_webhook',
    key: { webhookId: 1, openUntil: -1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'auditLog',
    name: 'accountId_1__id_-1',
    key: { accountId: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'auditLog',
    name: 'by_account_action',
    key: { accountId: 1, action: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'auditLog',
    name: 'by_account_app',
    key: { accountId: 1, appId: 1, _id: -1 },
    neededFor: 'reading',
  },
  { collection: 'auditLog', name: 'appId_1__id_-1', key: { appId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'auditLog', name: 'by_action', key: { action: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'auditLog', name: 'by_target', key: { targetId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'auditLog', name: 'by_key', key: { 'actor.keyId': 1, _id: -1 }, neededFor: 'reading' },

  { collection: 'alertChannels', name: 'by_owner', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'alertRules', name: 'by_owner', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'alertRules',
    name: 'enabled',
    key: { enabled: 1, _id: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: true } },
  },
  { collection: 'alertRules', name: 'channelIds_1', key: { channelIds: 1 }, neededFor: 'reading' },
  { collection: 'openAlerts', name: 'ruleId_1', key: { ruleId: 1 }, neededFor: 'reading' },
  { collection: 'alertMessages', name: 'by_owner', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'alertMessages',
    name: 'by_owner_status',
    key: { accountId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'alertMessages',
    name: 'due',
    key: { nextAt: 1, _id: 1 },
    neededFor: 'reading',
    options: exists('nextAt'),
  },
  {
    collection: 'alertMessages',
    name: 'waiting_by_channel',
    key: { channelId: 1, nextAt: 1 },
    neededFor: 'reading',
    options: exists('nextAt'),
  },
  {
    collection: 'alertMessages',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 90 * 24 * 60 * 60 },
  },
  { collection: 'endpointWatches', name: 'since_-1', key: { since: -1 }, neededFor: 'reading' },
  // Of an app that does not exist.
  {
    collection: 'operationalNotices',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 7 * 24 * 60 * 60 },
  },
];

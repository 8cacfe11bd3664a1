import { exists, type IndexSpec } from './index-spec.ts';

/** Indexes of events, deliveries, and what is counted and read of them. */
export const eventIndexes: readonly IndexSpec[] = [
  {
    collection: 'activity',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    // One day more than the longest span of the overview.
    options: { expireAfterSeconds: 8 * 24 * 60 * 60 },
  },
  { collection: 'activity', name: 'by_account', key: { accountId: 1, at: 1 }, neededFor: 'reading' },
  { collection: 'activity', name: 'by_app', key: { appId: 1, at: 1 }, neededFor: 'reading' },
  {
    collection: 'webhookActivity',
    name: 'expiresAt_1',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  // The erasure of a deleted app.
  { collection: 'webhookActivity', name: 'appId_1', key: { appId: 1 }, neededFor: 'reading' },
  { collection: 'replays', name: 'by_account', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'replays', name: 'by_app', key: { appId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'replays', name: 'by_webhook', key: { webhookId: 1, _id: -1 }, neededFor: 'reading' },
  // The running replays of each account. A claim visits the accounts in turns.
  {
    collection: 'replays',
    name: 'due_by_account',
    key: { accountId: 1, due: 1 },
    neededFor: 'reading',
    options: exists('due'),
  },
  {
    collection: 'replays',
    name: 'running_by_account',
    key: { accountId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'running' } },
  },
  // Deliveries that failed for good, by time. Deliveries that succeed are not in it.
  {
    collection: 'deliveries',
    name: 'failed_by_time',
    key: { status: 1, finishedAt: 1, webhookId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'failed' } },
  },

  // Open outbox entries, by the partitions that they owe deliveries of.
  {
    collection: 'events',
    name: 'open_by_partition',
    key: { open: 1, _id: 1 },
    neededFor: 'sending',
    options: exists('open'),
  },
  // Entries that API processes of an older release still write; see queue/convert-old-form.ts.
  {
    collection: 'events',
    name: 'open_by_lane',
    key: { due: 1, lane: 1 },
    neededFor: 'reading',
    options: exists('due'),
    replaces: ['open'],
  },
  // Idempotent publishing, also while the first call is in flight. Without it, a retried publish is a second
  // event.
  {
    collection: 'events',
    name: 'idempotency',
    key: { appId: 1, key: 1 },
    neededFor: 'accepting',
    options: { unique: true, ...exists('key') },
  },
  // Lists. With `type` before the id, lists of one type read nothing else. Lists of all types merge the types.
  {
    collection: 'events',
    name: 'by_app_type',
    key: { appId: 1, type: 1, _id: -1 },
    neededFor: 'reading',
    replaces: ['by_app'],
  },
  {
    collection: 'events',
    name: 'by_account_type',
    key: { accountId: 1, type: 1, _id: -1 },
    neededFor: 'reading',
  },
  // The search by values of payloads. Events without a searchable value take no space in it.
  {
    collection: 'events',
    name: 'by_value',
    key: { values: 1, accountId: 1, _id: -1 },
    neededFor: 'reading',
    options: exists('values'),
  },
  // Open entries by account, for lists and statistics of its pending deliveries.
  {
    collection: 'events',
    name: 'open_by_account',
    key: { 'owners.accountId': 1, _id: -1 },
    neededFor: 'reading',
    options: exists('open'),
    replaces: ['outbox_by_account'],
  },

  // The feed of an app reads by `_id`. Subscriptions to an account, or to everything, merge the apps.
  { collection: 'feedSlices', name: 'by_account', key: { accountId: 1, end: 1 }, neededFor: 'reading' },
  { collection: 'feedSlices', name: 'end_1', key: { end: 1 }, neededFor: 'reading' },
  // Retention.
  { collection: 'feedSlices', name: 'at_1', key: { at: 1 }, neededFor: 'reading' },

  // Waiting deliveries: the backlog of each webhook, in the order in which it is due.
  {
    collection: 'deliveries',
    name: 'waiting',
    key: { partition: 1, webhookId: 1, nextAt: 1, _id: 1 },
    neededFor: 'sending',
    options: exists('nextAt'),
    replaces: ['pending_by_webhook'],
  },
  // Waiting deliveries in the form of an older release; see queue/convert-old-form.ts.
  {
    collection: 'deliveries',
    name: 'due',
    key: { due: 1, webhookId: 1 },
    neededFor: 'reading',
    options: exists('due'),
  },
  // Statistics of the waiting deliveries of one account.
  {
    collection: 'deliveries',
    name: 'waiting_by_account',
    key: { accountId: 1, nextAt: 1, appId: 1 },
    neededFor: 'reading',
    options: exists('nextAt'),
    replaces: ['due_by_account'],
  },
  // Lists. With `status` before the id, lists of one status read nothing else. Lists of all merge the four.
  {
    collection: 'deliveries',
    name: 'by_webhook_status',
    key: { webhookId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
    replaces: ['by_webhook'],
  },
  {
    collection: 'deliveries',
    name: 'by_app_status',
    key: { appId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
    replaces: ['by_app', 'failed_by_app'],
  },
  // Lists of one account find delivered deliveries by their events, so the hot path does not write this index.
  {
    collection: 'deliveries',
    name: 'undelivered_by_account',
    key: { accountId: 1, status: 1, _id: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: { $in: ['pending', 'failed', 'cancelled'] } } },
  },
  // Lists of all accounts, for the operator.
  {
    collection: 'deliveries',
    name: 'undelivered',
    key: { status: 1, _id: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: { $in: ['pending', 'failed', 'cancelled'] } } },
  },
];

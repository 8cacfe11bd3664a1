import type { CreateIndexesOptions } from 'mongodb';
import type { IndexNeed } from '../../../domain/ports/index-store.ts';
import type { Collections } from '../documents/collections.ts';

export interface IndexSpec {
  readonly collection: keyof Collections;
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly neededFor: IndexNeed;
  readonly options?: Pick<CreateIndexesOptions, 'unique' | 'partialFilterExpression' | 'expireAfterSeconds'>;
  /** Names of older indexes, which are dropped when this one is built. */
  readonly replaces?: readonly string[];
}

const exists = (field: string) => ({ partialFilterExpression: { [field]: { $exists: true } } });

/**
 * All indexes. Each one makes writes on the hot path slower, so there is none without a query that needs it.
 * The indexes of the queue are partial: they contain only unfinished work.
 *
 * To change an index, give it a new name and put the old name into `replaces`. Indexes for `sending` are
 * hinted by the queue, because each claim would read the whole collection without them.
 */
export const indexSpecs: readonly IndexSpec[] = [
  {
    collection: 'activity',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    // One day more than the longest span of the overview.
    options: { expireAfterSeconds: 8 * 24 * 60 * 60 },
  },
  {
    collection: 'health',
    name: 'failuresInARow_-1',
    key: { failuresInARow: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
  },
  {
    collection: 'health',
    name: 'accountId_1_failuresInARow_-1',
    key: { accountId: 1, failuresInARow: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
  },
  {
    collection: 'health',
    name: 'appId_1_failuresInARow_-1',
    key: { appId: 1, failuresInARow: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
  },
  { collection: 'apps', name: 'accountId_1__id_-1', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  // Used by every call. Unique, because two keys with one hash would be one credential with two owners.
  {
    collection: 'keys',
    name: 'hash_1',
    key: { hash: 1 },
    neededFor: 'accepting',
    options: { unique: true },
  },
  { collection: 'keys', name: 'accountId_1__id_-1', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'webhooks', name: 'appId_1__id_1', key: { appId: 1, _id: 1 }, neededFor: 'reading' },
  // The running replays of each account. A claim visits the accounts in turns.
  {
    collection: 'replays',
    name: 'running_by_account',
    key: { accountId: 1, due: 1 },
    neededFor: 'reading',
    options: exists('due'),
  },
  {
    collection: 'auditLog',
    name: 'accountId_1__id_-1',
    key: { accountId: 1, _id: -1 },
    neededFor: 'reading',
  },
  { collection: 'auditLog', name: 'appId_1__id_-1', key: { appId: 1, _id: -1 }, neededFor: 'reading' },

  // The outbox: entries that are due or leased. With `lane`, claims skip the entries of full endpoint queues
  // without reading documents.
  {
    collection: 'events',
    name: 'open_by_lane',
    key: { due: 1, lane: 1 },
    neededFor: 'sending',
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
  { collection: 'events', name: 'by_account', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'events', name: 'by_app', key: { appId: 1, _id: -1 }, neededFor: 'reading' },

  // The retry queue. With `webhookId`, claims skip the deliveries of full endpoint queues without reading
  // documents.
  {
    collection: 'deliveries',
    name: 'due',
    key: { due: 1, webhookId: 1 },
    neededFor: 'sending',
    options: exists('due'),
  },
  {
    collection: 'deliveries',
    name: 'pending_by_webhook',
    key: { webhookId: 1, due: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'pending' } },
  },
  { collection: 'deliveries', name: 'by_webhook', key: { webhookId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'deliveries',
    name: 'by_account',
    key: { accountId: 1, _id: -1 },
    neededFor: 'reading',
  },
  { collection: 'deliveries', name: 'by_app', key: { appId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'deliveries',
    name: 'failed_by_app',
    key: { appId: 1, _id: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'failed' } },
  },
];

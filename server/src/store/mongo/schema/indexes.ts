import type { CreateIndexesOptions } from 'mongodb';
import type { IndexNeed } from '../../../domain/ports/index-store.ts';
import type { Collections } from '../documents/collections.ts';

export interface IndexSpec {
  readonly collection: keyof Collections;
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly neededFor: IndexNeed;
  readonly options?: Pick<CreateIndexesOptions, 'unique' | 'partialFilterExpression' | 'expireAfterSeconds'>;
  /** Names of indexes that this one takes the place of: they are dropped when it stands. */
  readonly replaces?: readonly string[];
}

const exists = (field: string) => ({ partialFilterExpression: { [field]: { $exists: true } } });

/**
 * Every index and what it is for. An index costs about 4 us of mongod for each write on the hot path, so there is none
 * that only might be useful. Queue indexes are partial: finished work leaves them, so their size is that of the backlog.
 *
 * To change one, give it a new name and put the old name into `replaces`. `sending` is what the queue names in a hint:
 * without it each claim would read the whole collection.
 */
export const indexSpecs: readonly IndexSpec[] = [
  {
    collection: 'activity',
    name: 'at_1',
    key: { at: 1 },
    neededFor: 'reading',
    // Eight days: the longest span that the overview shows, and one more.
    options: { expireAfterSeconds: 8 * 24 * 60 * 60 },
  },
  {
    collection: 'health',
    name: 'failuresInARow_-1',
    key: { failuresInARow: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { failuresInARow: { $gt: 0 } } },
  },
  { collection: 'apps', name: 'accountId_1__id_-1', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  // Every call looks its key up by it; two keys of one hash would be one credential with two owners.
  {
    collection: 'keys',
    name: 'hash_1',
    key: { hash: 1 },
    neededFor: 'accepting',
    options: { unique: true },
  },
  { collection: 'keys', name: 'accountId_1__id_-1', key: { accountId: 1, _id: -1 }, neededFor: 'reading' },
  { collection: 'webhooks', name: 'appId_1__id_1', key: { appId: 1, _id: 1 }, neededFor: 'reading' },
  {
    collection: 'auditLog',
    name: 'accountId_1__id_-1',
    key: { accountId: 1, _id: -1 },
    neededFor: 'reading',
  },
  { collection: 'auditLog', name: 'appId_1__id_-1', key: { appId: 1, _id: -1 }, neededFor: 'reading' },

  // Open events: the queue of what has not been tried yet, and the leases of what is being tried.
  // The lane is in it so that batches of a webhook that can take nothing are skipped on the keys alone.
  {
    collection: 'events',
    name: 'open_by_lane',
    key: { due: 1, lane: 1 },
    neededFor: 'sending',
    options: exists('due'),
    replaces: ['open'],
  },
  // Idempotent publish: unique also while the first call is still in flight. Without it a repeated publish is a second event.
  {
    collection: 'events',
    name: 'idempotency',
    key: { appId: 1, key: 1 },
    neededFor: 'accepting',
    options: { unique: true, ...exists('key') },
  },
  { collection: 'events', name: 'by_app', key: { appId: 1, _id: -1 }, neededFor: 'reading' },

  // The retry queue. webhookId is in it so that webhooks that can take nothing are skipped on the keys alone.
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
  { collection: 'deliveries', name: 'by_app', key: { appId: 1, _id: -1 }, neededFor: 'reading' },
  {
    collection: 'deliveries',
    name: 'failed_by_app',
    key: { appId: 1, _id: -1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'failed' } },
  },
];

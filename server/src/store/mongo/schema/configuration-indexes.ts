import { exists, type IndexSpec } from './index-spec.ts';

/** Indexes of accounts, apps, keys and webhooks. */
export const configurationIndexes: readonly IndexSpec[] = [
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
  // Searches of lists: words that begin with a term, of an account and of all accounts.
  { collection: 'accounts', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  { collection: 'apps', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  {
    collection: 'apps',
    name: 'account_words',
    key: { accountId: 1, searchWords: 1 },
    neededFor: 'reading',
  },
  { collection: 'keys', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  {
    collection: 'keys',
    name: 'account_words',
    key: { accountId: 1, searchWords: 1 },
    neededFor: 'reading',
  },
  { collection: 'webhooks', name: 'words', key: { searchWords: 1 }, neededFor: 'reading' },
  {
    collection: 'webhooks',
    name: 'account_words',
    key: { accountId: 1, searchWords: 1 },
    neededFor: 'reading',
  },
  // Lists by age: of an account, of all, and of the webhooks of an app.
  { collection: 'accounts', name: 'by_age', key: { createdAt: 1, _id: 1 }, neededFor: 'reading' },
  { collection: 'apps', name: 'by_age', key: { createdAt: 1, _id: 1 }, neededFor: 'reading' },
  {
    collection: 'apps',
    name: 'by_account_age',
    key: { accountId: 1, createdAt: 1, _id: 1 },
    neededFor: 'reading',
    replaces: ['accountId_1__id_-1'],
  },
  { collection: 'keys', name: 'by_age', key: { createdAt: 1, _id: 1 }, neededFor: 'reading' },
  {
    collection: 'keys',
    name: 'by_account_age',
    key: { accountId: 1, createdAt: 1, _id: 1 },
    neededFor: 'reading',
    replaces: ['accountId_1__id_-1'],
  },
  {
    collection: 'webhooks',
    name: 'by_app_age',
    key: { appId: 1, createdAt: 1, _id: 1 },
    neededFor: 'reading',
  },
  {
    collection: 'webhooks',
    name: 'by_account_age',
    key: { accountId: 1, createdAt: 1, _id: 1 },
    neededFor: 'reading',
    replaces: ['accountId_1'],
  },
  { collection: 'webhooks', name: 'by_age', key: { createdAt: 1, _id: 1 }, neededFor: 'reading' },
  {
    collection: 'webhooks',
    name: 'disabled',
    key: { accountId: 1, appId: 1, _id: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: false } },
  },
  // Finds the few that the platform disabled among many that users did.
  {
    collection: 'webhooks',
    name: 'disabled_by_reason',
    key: { disabledReason: 1, accountId: 1, appId: 1, _id: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: false } },
  },
  // The tombstones of app ids. Unique, because an app is deleted once.
  {
    collection: 'appDeletions',
    name: 'appId_1',
    key: { appId: 1 },
    neededFor: 'accepting',
    options: { unique: true },
  },
  {
    collection: 'appDeletions',
    name: 'accountId_1__id_-1',
    key: { accountId: 1, _id: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'appDeletions',
    name: 'running',
    key: { accountId: 1, appId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { status: 'running' } },
  },
  {
    collection: 'appDeletions',
    name: 'due',
    key: { due: 1, accountId: 1, turnAt: 1 },
    neededFor: 'reading',
    options: exists('due'),
  },
  // Used by every call. Unique, because two keys with one hash would be one credential with two owners.
  {
    collection: 'keys',
    name: 'hash_1',
    key: { hash: 1 },
    neededFor: 'accepting',
    options: { unique: true },
  },
  // Like `hash`, for the overlap of a rotation.
  {
    collection: 'keys',
    name: 'previous_hash',
    key: { 'previous.hash': 1 },
    neededFor: 'accepting',
    options: { unique: true, ...exists('previous.hash') },
  },
  // A revocation ends all descendants of a key.
  {
    collection: 'keys',
    name: 'ancestorIds_1',
    key: { ancestorIds: 1 },
    neededFor: 'reading',
    options: exists('ancestorIds'),
  },
  {
    collection: 'webhooks',
    name: 'by_app_mount',
    key: { appId: 1, mount: 1, _id: 1 },
    neededFor: 'reading',
    replaces: ['appId_1__id_1'],
  },
  // Ended sessions are rejected by their time; the index only removes them.
  {
    collection: 'sessions',
    name: 'expiresAt_1',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 0 },
  },
  {
    collection: 'sessions',
    name: 'credential_1_createdAt_-1',
    key: { credential: 1, createdAt: -1 },
    neededFor: 'reading',
  },
  {
    collection: 'webhooks',
    name: 'disabled_by_account',
    key: { accountId: 1, appId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: false } },
  },
  {
    collection: 'webhooks',
    name: 'disabled_by_app',
    key: { appId: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { enabled: false } },
  },
  // Keys that ended stay visible for 90 days. Loops of creating and revoking keys would otherwise leave a
  // document each forever.
  {
    collection: 'keys',
    name: 'revoked_age',
    key: { revokedAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 90 * 24 * 60 * 60 },
  },
  {
    collection: 'keys',
    name: 'expired_age',
    key: { expiresAt: 1 },
    neededFor: 'reading',
    options: { expireAfterSeconds: 90 * 24 * 60 * 60 },
  },
  // Without revoked keys.
  {
    collection: 'keys',
    name: 'living_by_account',
    key: { accountId: 1, expiresAt: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { revokedAt: null } },
  },
  // What the monitor of endpoints looks for: webhooks that the platform disabled, and secrets that end.
  {
    collection: 'webhooks',
    name: 'disabled_by_platform',
    key: { updatedAt: 1 },
    neededFor: 'reading',
    options: { partialFilterExpression: { disabledReason: { $type: 'string' } } },
  },
  {
    collection: 'webhooks',
    name: 'previous_secret_end',
    key: { 'previousSecrets.until': 1 },
    neededFor: 'reading',
    options: exists('previousSecrets.until'),
  },
  {
    collection: 'webhooks',
    name: 'certificate_end',
    key: { 'clientCertificate.expiresAt': 1 },
    neededFor: 'reading',
    options: exists('clientCertificate.expiresAt'),
  },
];

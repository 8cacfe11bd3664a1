import * as z from 'zod';
import { callKey } from './call-key.ts';
import { accountId, apiKeyId, appId } from './ids.ts';
import { timestamp } from './timestamp.ts';

/**
 * Permissions of an API key. `*` grants every permission within one account. `operator` covers the whole
 * installation and belongs to the root token only.
 */
export const scope = z.enum([
  'webhooks:read',
  'webhooks:write',
  'apps:write',
  'events:publish',
  'events:read',
  'deliveries:read',
  'deliveries:write',
  'keys:write',
  'catalog:write',
  'operator',
  '*',
]);
export type Scope = z.output<typeof scope>;

/** Scopes of a new API key, without duplicates: 1 to 20, never `operator`. */
export const grantableScopes = z
  .array(scope.exclude(['operator']))
  .min(1, 'must name at least one scope')
  .max(20)
  .transform((scopes) => [...new Set(scopes)]);

/** Input of `accounts.create`. */
export const createAccountInput = z.strictObject({
  /** Display name, 1 to 100 characters. */
  name: z.string().min(1).max(100),
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: callKey.optional(),
});
export type CreateAccountInput = z.output<typeof createAccountInput>;

/** An account: the owner of apps and API keys. */
export const accountView = z.object({ id: accountId, name: z.string(), createdAt: z.iso.datetime() });
export type AccountView = z.output<typeof accountView>;

/** Input of `keys.create`. */
export const createKeyInput = z.strictObject({
  /**
   * The account that owns the key. Only the operator may name another account.
   * @default the caller's account
   */
  accountId: accountId.optional(),
  /** Display name, 1 to 100 characters. */
  name: z.string().min(1).max(100),
  /** What the key may do. A key can only grant scopes that it has. */
  scopes: grantableScopes,
  /**
   * The only app that the key has access to. A key that is bound to an app creates only keys bound to it.
   * @default the app of the key that creates it, or all apps of the account
   */
  appId: appId.optional(),
  /**
   * When the key stops working, ISO 8601 with an offset. Not after the expiry of the key that creates it.
   * @default the expiry of the key that creates it, or never
   */
  expiresAt: timestamp.optional(),
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: callKey.optional(),
});
export type CreateKeyInput = z.output<typeof createKeyInput>;

/** Input of `keys.rotate`. */
export const rotateKeyInput = z.strictObject({
  id: apiKeyId,
  /**
   * For how many hours the old key also works, from 0 to 168. 0 ends it immediately, for a key that leaked.
   * @default 24
   */
  overlapHours: z.number().min(0).max(168).default(24),
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: callKey.optional(),
});
export type RotateKeyInput = z.output<typeof rotateKeyInput>;

/** An API key, without the key itself. */
export const keyView = z.object({
  id: apiKeyId,
  accountId,
  /** The only app that the key has access to. Null: all apps of the account. */
  appId: appId.nullable(),
  /** The key that created it, and whose revocation ends it. Null if the operator did. */
  parentId: apiKeyId.nullable(),
  name: z.string(),
  scopes: z.array(scope),
  /** The first characters of the key, to tell keys apart. */
  prefix: z.string(),
  createdAt: z.iso.datetime(),
  /** Null if the key never expires. */
  expiresAt: z.iso.datetime().nullable(),
  /** When the key was last used. Null if it was never used. */
  lastUsedAt: z.iso.datetime().nullable(),
  /** When the key was revoked. Null while it is valid. */
  revokedAt: z.iso.datetime().nullable(),
});
export type KeyView = z.output<typeof keyView>;

/** Result of `keys.create` and `keys.rotate`: the only responses that contain the key. */
export const createdKey = keyView.extend({ key: z.string() });
export type CreatedKey = z.output<typeof createdKey>;

/** Input of `apps.create`. */
export const createAppInput = z.strictObject({
  /**
   * The app's id, never used before. Only the operator may choose it.
   * @default a generated id
   */
  id: appId.optional(),
  /** Display name, 1 to 100 characters. */
  name: z.string().min(1).max(100),
  /**
   * The account that owns the app. Only the operator may name another account.
   * @default the caller's account
   */
  accountId: accountId.optional(),
  /**
   * Makes repeated calls safe.
   * @default none
   */
  idempotencyKey: callKey.optional(),
});
export type CreateAppInput = z.output<typeof createAppInput>;

/** An app: the owner of webhooks and events. */
export const appView = z.object({
  id: z.string(),
  accountId,
  name: z.string(),
  createdAt: z.iso.datetime(),
});
export type AppView = z.output<typeof appView>;

/** Numbers of erased objects. */
export const erasedCounts = z.object({
  webhooks: z.int(),
  events: z.int(),
  deliveries: z.int(),
  replays: z.int(),
});
export type ErasedCounts = z.output<typeof erasedCounts>;

/** The deletion of an app: a background job that erases what the app had. */
export const appDeletionView = z.object({
  id: z.string(),
  appId: z.string(),
  /** The account that owned the app. */
  accountId,
  /** `running`: objects of the app may still be stored, but no call returns them. */
  status: z.enum(['running', 'done']),
  /** Erased so far. */
  erased: erasedCounts,
  /** When the app was deleted. */
  createdAt: z.iso.datetime(),
  /** Null while the job runs. */
  finishedAt: z.iso.datetime().nullable(),
});
export type AppDeletionView = z.output<typeof appDeletionView>;

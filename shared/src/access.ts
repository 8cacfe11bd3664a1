import * as z from 'zod';
import { callKey } from './call-key.ts';
import { accountId, apiKeyId, appId } from './ids.ts';
import { timestamp } from './timestamp.ts';

export const scope = z
  .enum([
    'webhooks:read',
    'webhooks:write',
    'apps:write',
    'events:publish',
    'events:read',
    'events:consume',
    'deliveries:read',
    'deliveries:write',
    'keys:write',
    'catalog:write',
    'operator',
    '*',
  ])
  .describe(
    'Permissions of an API key. `*` grants every permission within one account. `operator` covers ' +
      'the whole installation and belongs to the root token only.',
  );
export type Scope = z.output<typeof scope>;

/** Scopes of a new API key, without duplicates: 1 to 20, never `operator`. */
export const grantableScopes = z
  .array(scope.exclude(['operator']))
  .min(1, 'must name at least one scope')
  .max(20)
  .transform((scopes) => [...new Set(scopes)]);

export const createAccountInput = z
  .strictObject({
    name: z.string().min(1).max(100).describe('Display name, 1 to 100 characters.'),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `accounts.create`.');
export type CreateAccountInput = z.output<typeof createAccountInput>;

export const accountView = z
  .object({
    id: accountId.describe('Id of the account.'),
    name: z.string().describe('Display name.'),
    createdAt: z.iso.datetime().describe('When the account was created.'),
  })
  .describe('An account: the owner of apps and API keys.');
export type AccountView = z.output<typeof accountView>;

export const createKeyInput = z
  .strictObject({
    accountId: accountId
      .optional()
      .describe(
        'The account that owns the key. Only the operator may name another account. Default: the ' +
          "caller's account.",
      ),
    name: z.string().min(1).max(100).describe('Display name, 1 to 100 characters.'),
    scopes: grantableScopes.describe('What the key may do. A key can only grant scopes that it has.'),
    appId: appId
      .optional()
      .describe(
        'The only app that the key has access to. A key that is bound to an app creates only keys ' +
          'bound to it. Default: the app of the key that creates it, or all apps of the account.',
      ),
    expiresAt: timestamp
      .optional()
      .describe(
        'When the key stops working, ISO 8601 with an offset. Not after the expiry of the key that ' +
          'creates it. Default: the expiry of the key that creates it, or never.',
      ),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `keys.create`.');
export type CreateKeyInput = z.output<typeof createKeyInput>;

export const rotateKeyInput = z
  .strictObject({
    id: apiKeyId.describe('The key to replace.'),
    overlapHours: z
      .number()
      .min(0)
      .max(168)
      .default(24)
      .describe(
        'For how many hours the old key also works, from 0 to 168. 0 ends it immediately, for a key ' +
          'that leaked.',
      ),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `keys.rotate`.');
export type RotateKeyInput = z.output<typeof rotateKeyInput>;

export const keyView = z
  .object({
    id: apiKeyId.describe('Id of the key.'),
    accountId: accountId.describe('The account that owns the key.'),
    appId: appId
      .nullable()
      .describe('The only app that the key has access to. Null: all apps of the account.'),
    parentId: apiKeyId
      .nullable()
      .describe('The key that created it, and whose revocation ends it. Null if the operator did.'),
    name: z.string().describe('Display name.'),
    scopes: z.array(scope).describe('What the key may do.'),
    prefix: z.string().describe('The first characters of the key, to tell keys apart.'),
    createdAt: z.iso.datetime().describe('When the key was created.'),
    expiresAt: z.iso.datetime().nullable().describe('When the key stops working. Null if it never does.'),
    lastUsedAt: z.iso
      .datetime()
      .nullable()
      .describe('When the key was last used. Null if it was never used.'),
    revokedAt: z.iso.datetime().nullable().describe('When the key was revoked. Null while it is valid.'),
  })
  .describe('An API key, without the key itself.');
export type KeyView = z.output<typeof keyView>;

export const createdKey = keyView
  .extend({
    key: z.string().describe('The key. Store it: no other response contains it.'),
  })
  .describe('Result of `keys.create` and `keys.rotate`: the only responses that contain the key.');
export type CreatedKey = z.output<typeof createdKey>;

export const createAppInput = z
  .strictObject({
    id: appId
      .optional()
      .describe("The app's id, never used before. Only the operator may choose it. Default: a generated id."),
    name: z.string().min(1).max(100).describe('Display name, 1 to 100 characters.'),
    accountId: accountId
      .optional()
      .describe(
        'The account that owns the app. Only the operator may name another account. Default: the ' +
          "caller's account.",
      ),
    idempotencyKey: callKey.optional(),
  })
  .describe('Input of `apps.create`.');
export type CreateAppInput = z.output<typeof createAppInput>;

export const appView = z
  .object({
    id: z.string().describe('Id of the app.'),
    accountId: accountId.describe('The account that owns the app.'),
    name: z.string().describe('Display name.'),
    createdAt: z.iso.datetime().describe('When the app was created.'),
  })
  .describe('An app: the owner of webhooks and events.');
export type AppView = z.output<typeof appView>;

export const erasedCounts = z
  .object({
    webhooks: z.int().describe('Number of webhooks.'),
    events: z.int().describe('Number of events.'),
    deliveries: z.int().describe('Number of deliveries.'),
    replays: z.int().describe('Number of replays.'),
  })
  .describe('Numbers of erased objects.');
export type ErasedCounts = z.output<typeof erasedCounts>;

export const appDeletionView = z
  .object({
    id: z.string().describe('Id of the deletion.'),
    appId: z.string().describe('The deleted app.'),
    accountId: accountId.describe('The account that owned the app.'),
    status: z
      .enum(['running', 'done'])
      .describe('`running`: objects of the app may still be stored, but no call returns them.'),
    erased: erasedCounts.describe('Erased so far.'),
    createdAt: z.iso.datetime().describe('When the app was deleted.'),
    finishedAt: z.iso.datetime().nullable().describe('When the erasure ended. Null while it runs.'),
  })
  .describe('The deletion of an app: a background job that erases what the app had.');
export type AppDeletionView = z.output<typeof appDeletionView>;

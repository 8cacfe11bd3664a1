import * as z from 'zod';
import { accountId, apiKeyId, appId } from './ids.ts';
import { timestamp } from './timestamp.ts';

/** What a key may do. `*` is everything within one account; `operator` is the root token's alone. */
export const scope = z.enum([
  'webhooks:read',
  'webhooks:write',
  'events:publish',
  'events:read',
  'deliveries:read',
  'deliveries:write',
  'keys:write',
  'operator',
  '*',
]);
export type Scope = z.output<typeof scope>;

export const grantableScopes = z
  .array(scope.exclude(['operator']))
  .min(1, 'must name at least one scope')
  .max(20)
  .transform((scopes) => [...new Set(scopes)]);

export const createAccountInput = z.strictObject({ name: z.string().min(1).max(100) });
export const accountView = z.object({ id: accountId, name: z.string(), createdAt: z.iso.datetime() });
export type AccountView = z.output<typeof accountView>;

export const createKeyInput = z.strictObject({
  accountId: accountId.optional(),
  name: z.string().min(1).max(100),
  scopes: grantableScopes,
  expiresAt: timestamp.optional(),
});
export type CreateKeyInput = z.output<typeof createKeyInput>;

export const keyView = z.object({
  id: apiKeyId,
  accountId,
  name: z.string(),
  scopes: z.array(scope),
  /** The first characters of the key, to tell keys apart. */
  prefix: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type KeyView = z.output<typeof keyView>;

/** The answer to `keys.create`: the only place where a key is ever shown. */
export const createdKey = keyView.extend({ key: z.string() });
export type CreatedKey = z.output<typeof createdKey>;

export const createAppInput = z.strictObject({
  id: appId.optional(),
  name: z.string().min(1).max(100),
  accountId: accountId.optional(),
});
export type CreateAppInput = z.output<typeof createAppInput>;

export const appView = z.object({
  id: z.string(),
  accountId,
  name: z.string(),
  createdAt: z.iso.datetime(),
});
export type AppView = z.output<typeof appView>;

import type { CreateKeyInput, CreatedKey } from '@tocsin/shared';
import {
  canAccessAccount,
  getAccountLimit,
  getAppLimit,
  hasScope,
  type Actor,
  type ApiKey,
} from '../../domain/access.ts';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import { inheritExpiry, maxKeyAncestors, outlives } from '../../domain/key-inheritance.ts';
import type { AccountStore, ApiKeyStore } from '../../domain/ports/access-stores.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toIsoOrNull } from '../common/iso-time.ts';
import type { IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import type { Quotas } from '../limits/quotas.ts';
import { generateKeySecret, toApiKeyView, toStoredSecret } from './key-view.ts';

export interface CreateKeyDeps {
  readonly keys: Pick<ApiKeyStore, 'get' | 'insert' | 'revoke' | 'hasRevoked'>;
  readonly accounts: AccountStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly quotas: Quotas;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly ids: Ids;
  readonly clock: Clock;
}

export type CreateKey = (actor: Actor, input: CreateKeyInput) => Promise<CreatedKey>;

interface ReservedKey {
  readonly id: string;
  readonly secret: string;
}

/**
 * Creates a key. A key that another key creates has at most the scopes, the lifetime and the app of that key,
 * and ends with it.
 */
export function createCreateKey(deps: CreateKeyDeps): CreateKey {
  const { access, accounts, calls, keys, ids, audit } = deps;
  return async function createKey(actor, { idempotencyKey, ...input }) {
    access.requireScope(actor, 'keys:write');
    const parent = await findParent(deps, actor);
    const accountId = await findAccount(deps, actor, input);
    const missing = input.scopes.find((scope) => !hasScope(actor, scope));
    if (missing !== undefined)
      throw apiError('FORBIDDEN', `a key cannot grant the scope ${missing}, which it lacks`);
    if ((await accounts.get(accountId)) === undefined) throw apiError('NOT_FOUND', `no account ${accountId}`);
    const appId = getAppLimit(actor) ?? input.appId ?? null;
    return await calls.run({
      actor,
      operation: 'keys.create',
      key: idempotencyKey,
      input,
      accountId,
      appId,
      reserve: (): ReservedKey => ({ id: ids.key(), secret: generateKeySecret() }),
      getTargetId: ({ id }) => id,
      work: async (reserved, { at, entryId, isContinued }) => {
        const found = isContinued ? await keys.get(reserved.id) : undefined;
        const given = { parent, accountId, appId, at };
        const key = found ?? (await insertKey(deps, actor, input, { ...given, ...reserved }));
        await audit.record(actor, {
          action: 'key.created',
          accountId,
          appId,
          targetId: key.id,
          targetName: key.name,
          entryId,
          details: {
            prefix: key.prefix,
            scopes: [...key.scopes],
            expiresAt: toIsoOrNull(key.expiresAt),
          },
        });
        return { ...toApiKeyView(key), key: reserved.secret };
      },
    });
  };
}

interface NewKey extends ReservedKey {
  readonly parent: ApiKey | undefined;
  readonly accountId: string;
  readonly appId: string | null;
  readonly at: number;
}

async function insertKey(
  { clock, keys, quotas }: CreateKeyDeps,
  actor: Actor,
  input: CreateKeyInput,
  { id, secret, parent, accountId, appId, at }: NewKey,
): Promise<ApiKey> {
  const key: ApiKey = {
    id,
    accountId,
    appId,
    ancestorIds: parent === undefined ? [] : [...parent.ancestorIds, parent.id],
    name: input.name,
    scopes: input.scopes,
    ...toStoredSecret(secret),
    previous: null,
    createdAt: at,
    expiresAt: toExpiry(input, parent, clock.now()),
    lastUsedAt: null,
    revokedAt: null,
  };
  await quotas.insert(actor, accountId, 'keys', (limit) => keys.insert(key, limit));
  if (parent !== undefined && (await keys.hasRevoked(key.ancestorIds))) {
    await keys.revoke(key.id, clock.now());
    throw apiError('UNAUTHENTICATED', `the API key ${parent.prefix}... was revoked`);
  }
  return key;
}

/** The key that creates a key, as it is stored now. Undefined for the operator. */
async function findParent({ keys }: CreateKeyDeps, actor: Actor): Promise<ApiKey | undefined> {
  if (actor.kind === 'root') return undefined;
  if (actor.kind === 'token') {
    throw apiError('FORBIDDEN', 'an access token cannot create API keys, because they would outlive it');
  }
  const parent = await keys.get(actor.keyId);
  if (parent === undefined || parent.revokedAt !== null)
    throw apiError('UNAUTHENTICATED', `the API key ${actor.keyPrefix}... was revoked`);
  if (parent.ancestorIds.length >= maxKeyAncestors) {
    throw apiError(
      'FORBIDDEN',
      `this key has ${maxKeyAncestors} ancestors, the maximum; create the key with one of them`,
    );
  }
  return parent;
}

/** Finds the account of a new key, and checks that its app belongs to that account. */
async function findAccount(
  { access }: CreateKeyDeps,
  actor: Actor,
  { accountId, appId }: CreateKeyInput,
): Promise<string> {
  if (accountId !== undefined && !canAccessAccount(actor, accountId))
    throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
  if (appId === undefined) return getAccountLimit(actor) ?? accountId ?? defaultAccountId;
  const owner = await access.requireApp(actor, appId, 'keys:write');
  if (accountId !== undefined && accountId !== owner)
    throw apiError('FORBIDDEN', `app ${appId} does not belong to account ${accountId}`);
  return owner;
}

function toExpiry(input: CreateKeyInput, parent: ApiKey | undefined, now: number): number | null {
  const requested = input.expiresAt === undefined ? null : Date.parse(input.expiresAt);
  if (requested !== null && requested <= now)
    throw fieldError('expiresAt', `${input.expiresAt} is in the past`);
  const expiresAt = inheritExpiry(requested, parent);
  if (!outlives(expiresAt, parent)) return expiresAt;
  throw fieldError(
    'expiresAt',
    `${input.expiresAt} is after ${toIsoOrNull(parent?.expiresAt ?? null)}, when the key that creates it expires`,
  );
}

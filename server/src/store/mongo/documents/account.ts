import type { Scope } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../../../domain/access.ts';
import type { LimitOverrides } from '../../../domain/account-limits.ts';
import { toDate, toEpochMs } from './dates.ts';

export interface AccountDoc {
  _id: string;
  name: string;
  createdAt: Date;
  limits?: LimitOverrides;
  /** Changed by each insert that a limit of the account counts, so that two of them conflict. */
  inserts?: number;
}

export interface AppDoc {
  _id: string;
  accountId: string;
  name: string;
  createdAt: Date;
}

export interface ApiKeyDoc {
  _id: string;
  accountId: string;
  name: string;
  scopes: Scope[];
  hash: string;
  prefix: string;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

export function toAccount(doc: AccountDoc): Account {
  return {
    id: doc._id,
    name: doc.name,
    createdAt: doc.createdAt.getTime(),
    ...(doc.limits && { limits: doc.limits }),
  };
}

export function toAccountDoc(account: Account): AccountDoc {
  return { _id: account.id, name: account.name, createdAt: new Date(account.createdAt) };
}

export function toApp(doc: AppDoc): App {
  return { id: doc._id, accountId: doc.accountId, name: doc.name, createdAt: doc.createdAt.getTime() };
}

export function toAppDoc(app: App): AppDoc {
  return { _id: app.id, accountId: app.accountId, name: app.name, createdAt: new Date(app.createdAt) };
}

export function toApiKey(doc: ApiKeyDoc): ApiKey {
  return {
    id: doc._id,
    accountId: doc.accountId,
    name: doc.name,
    scopes: doc.scopes,
    hash: doc.hash,
    prefix: doc.prefix,
    createdAt: doc.createdAt.getTime(),
    expiresAt: toEpochMs(doc.expiresAt),
    lastUsedAt: toEpochMs(doc.lastUsedAt),
    revokedAt: toEpochMs(doc.revokedAt),
  };
}

export function toApiKeyDoc(key: ApiKey): ApiKeyDoc {
  return {
    _id: key.id,
    accountId: key.accountId,
    name: key.name,
    scopes: [...key.scopes],
    hash: key.hash,
    prefix: key.prefix,
    createdAt: new Date(key.createdAt),
    expiresAt: toDate(key.expiresAt),
    lastUsedAt: toDate(key.lastUsedAt),
    revokedAt: toDate(key.revokedAt),
  };
}

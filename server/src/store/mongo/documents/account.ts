import type { Scope } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../../../domain/access.ts';
import type { AppDeletion } from '../../../domain/app-deletion.ts';
import { toDate, toEpochMs } from './dates.ts';

export interface AccountDoc {
  _id: string;
  name: string;
  createdAt: Date;
}

export interface AppDoc {
  _id: string;
  accountId: string;
  name: string;
  createdAt: Date;
}

/** A deletion of an app. Never removed: it is the tombstone of the app's id. */
export interface AppDeletionDoc {
  _id: string;
  appId: string;
  accountId: string;
  status: AppDeletion['status'];
  erased: AppDeletion['erased'];
  createdAt: Date;
  finishedAt?: Date;
  /** The webhooks at the time of the deletion. Their endpoint health may be written once more. */
  webhookIds: string[];
  /** When to sweep next; the end of the lease while a process holds the deletion. */
  due?: Date;
  /** Fencing token of the process that holds the deletion. */
  lease?: string;
  /** When the deletion was last claimed. */
  turnAt?: Date;
  /** When a sweep last found nothing. */
  emptySince?: Date;
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
  return { id: doc._id, name: doc.name, createdAt: doc.createdAt.getTime() };
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

export function toAppDeletion(doc: AppDeletionDoc): AppDeletion {
  return {
    id: doc._id,
    appId: doc.appId,
    accountId: doc.accountId,
    status: doc.status,
    erased: doc.erased,
    createdAt: doc.createdAt.getTime(),
    finishedAt: toEpochMs(doc.finishedAt),
  };
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

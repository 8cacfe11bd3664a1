import type { Scope } from '@tocsin/shared';
import type { Account, ApiKey, App } from '../../../domain/access.ts';
import type { AppDeletion } from '../../../domain/app-deletion.ts';
import type { LimitOverrides } from '../../../domain/account-limits.ts';
import { toSearchTerms } from '../../../domain/search-terms.ts';
import type { Session } from '../../../domain/session.ts';
import { toDate, toEpochMs } from './dates.ts';

export interface AccountDoc {
  _id: string;
  name: string;
  createdAt: Date;
  limits?: LimitOverrides;
  /** Changed by each insert that a limit of the account counts, so that two of them conflict. */
  inserts?: number;
  /** What the search finds it by. Missing in documents from before the field. */
  terms?: string[];
}

export interface AppDoc {
  _id: string;
  accountId: string;
  name: string;
  createdAt: Date;
  /** What the search finds it by. Missing in documents from before the field. */
  terms?: string[];
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
  /** Objects that are being erased and are not counted yet. */
  batch?: ErasureBatch;
}

/** Objects of one kind, by their ids. */
export interface ErasureBatch {
  kind: keyof AppDeletion['erased'];
  ids: string[];
}

export interface ApiKeyDoc {
  _id: string;
  accountId: string;
  /** Missing: all apps of the account. */
  appId?: string;
  /** Missing: created by the operator, or before keys had parents. */
  ancestorIds?: string[];
  name: string;
  scopes: Scope[];
  hash: string;
  /** Missing: never rotated. */
  previous?: { hash: string; expiresAt: Date };
  prefix: string;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  /** What the search finds it by. Missing in documents from before the field. */
  terms?: string[];
}

/** A session of the admin UI. `_id` is the hash of the id in the cookie. Expires by `expiresAt`. */
export interface SessionDoc {
  _id: string;
  kind: Session['kind'];
  credential: string;
  createdAt: Date;
  expiresAt: Date;
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
  return {
    _id: account.id,
    name: account.name,
    createdAt: new Date(account.createdAt),
    terms: toSearchTerms([account.id, account.name]),
  };
}

export function toApp(doc: AppDoc): App {
  return { id: doc._id, accountId: doc.accountId, name: doc.name, createdAt: doc.createdAt.getTime() };
}

export function toAppDoc(app: App): AppDoc {
  return {
    _id: app.id,
    accountId: app.accountId,
    name: app.name,
    createdAt: new Date(app.createdAt),
    terms: toSearchTerms([app.id, app.name]),
  };
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
    appId: doc.appId ?? null,
    ancestorIds: doc.ancestorIds ?? [],
    name: doc.name,
    scopes: doc.scopes,
    hash: doc.hash,
    previous: doc.previous ? { hash: doc.previous.hash, expiresAt: doc.previous.expiresAt.getTime() } : null,
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
    // Left out if empty, because the indexes of these fields are partial.
    ...(key.appId === null ? {} : { appId: key.appId }),
    ...(key.ancestorIds.length === 0 ? {} : { ancestorIds: [...key.ancestorIds] }),
    ...(key.previous === null ? {} : { previous: toPreviousDoc(key.previous) }),
    prefix: key.prefix,
    createdAt: new Date(key.createdAt),
    expiresAt: toDate(key.expiresAt),
    lastUsedAt: toDate(key.lastUsedAt),
    revokedAt: toDate(key.revokedAt),
    terms: toSearchTerms([key.id, key.name]),
  };
}

export function toPreviousDoc({ hash, expiresAt }: NonNullable<ApiKey['previous']>) {
  return { hash, expiresAt: new Date(expiresAt) };
}

export function toSession(doc: SessionDoc): Session {
  return {
    idHash: doc._id,
    kind: doc.kind,
    credential: doc.credential,
    createdAt: doc.createdAt.getTime(),
    expiresAt: doc.expiresAt.getTime(),
  };
}

export function toSessionDoc(session: Session): SessionDoc {
  return {
    _id: session.idHash,
    kind: session.kind,
    credential: session.credential,
    createdAt: new Date(session.createdAt),
    expiresAt: new Date(session.expiresAt),
  };
}

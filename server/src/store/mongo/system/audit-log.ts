import { MongoServerError, type Db, type Filter } from 'mongodb';
import type { Page } from '@tocsin/shared';
import type { AuditEntry } from '../../../domain/audit.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { AccountAuditFilter, AuditLog } from '../../../domain/ports/audit-log.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toAuditDoc, toAuditEntry, type AuditDoc } from '../documents/system.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import { planList, type ListIndex } from '../driver/list-plan.ts';
import type { FilterTable } from '../driver/match-filter.ts';
import { continueAt, pageFrom } from '../driver/page.ts';
import { readList } from '../driver/read-list.ts';

const ageIndex = 'age';
const indexOptionsConflict = 85;

/** Has no operation to change an entry. */
export class MongoAuditLog implements AuditLog {
  readonly #db: Db;
  readonly #collections: Collections;

  constructor(db: Db, collections: Collections) {
    this.#db = db;
    this.#collections = collections;
  }

  /** Sets how long entries are kept, in days. Also applies to existing entries. */
  async setRetention(days: number): Promise<void> {
    const expireAfterSeconds = days * 24 * 60 * 60;
    const { auditLog } = this.#collections;
    try {
      await auditLog.createIndex({ at: 1 }, { name: ageIndex, expireAfterSeconds }, undefined);
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== indexOptionsConflict) throw error;
      await this.#db.command({
        collMod: auditLog.collectionName,
        index: { name: ageIndex, expireAfterSeconds },
      });
    }
  }

  async append(entry: AuditEntry): Promise<void> {
    try {
      await this.#collections.auditLog.insertOne(toAuditDoc(entry));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async list(filter: AccountAuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    const plan = planList(auditMatches, auditIndexes, filter);
    const { docs, examinedTo } = await readList(this.#collections.auditLog, plan, page);
    return continueAt(
      pageFrom(docs, page.limit, toAuditEntry, (doc) => doc._id),
      examinedTo,
    );
  }
}

/** One row per filter of `auditLog.list`. */
const auditMatches = {
  accountId: (accountId) => ({ accountId }),
  appId: (appId) => ({ appId }),
  action: (action) => ({ action }),
  targetId: (targetId) => ({ targetId }),
  keyId: (keyId) => ({ 'actor.keyId': keyId }),
  actorKind: (kind) => ({ 'actor.kind': kind }),
  since: (since) => ({ _id: { $gte: lowestIdAt('aud_', Date.parse(since)) } }),
  until: (until) => ({ _id: { $lt: lowestIdAt('aud_', Date.parse(until)) } }),
} satisfies FilterTable<AccountAuditFilter, Filter<AuditDoc>>;

/** Ids sort by time. */
const times = ['since', 'until'] as const;

const auditIndexes: readonly ListIndex<AccountAuditFilter>[] = [
  { hint: 'by_target', needs: ['targetId'], answers: ['targetId', ...times] },
  { hint: 'by_key', needs: ['keyId'], answers: ['keyId', ...times] },
  { hint: 'by_account_app', needs: ['accountId', 'appId'], answers: ['accountId', 'appId', ...times] },
  { hint: 'by_account_action', needs: ['accountId', 'action'], answers: ['accountId', 'action', ...times] },
  { hint: 'accountId_1__id_-1', needs: ['accountId'], answers: ['accountId', ...times] },
  { hint: 'appId_1__id_-1', needs: ['appId'], answers: ['appId', ...times] },
  { hint: 'by_action', needs: ['action'], answers: ['action', ...times] },
  { hint: '_id_', answers: times },
];

import { MongoServerError, type Db, type Filter } from 'mongodb';
import type { Page } from '@tocsin/shared';
import type { AuditEntry } from '../../../domain/audit.ts';
import type { AccountAuditFilter, AuditLog } from '../../../domain/ports/audit-log.ts';
import type { PageRequest } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toAuditDoc, toAuditEntry, type AuditDoc } from '../documents/system.ts';
import { matchFilter, type FilterTable } from '../driver/match-filter.ts';
import { pageFrom } from '../driver/page.ts';

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
    await this.#collections.auditLog.insertOne(toAuditDoc(entry));
  }

  async list(filter: AccountAuditFilter, { cursor, limit }: PageRequest): Promise<Page<AuditEntry>> {
    const conditions = matchFilter<AccountAuditFilter, Filter<AuditDoc>>(auditMatches, filter);
    if (cursor !== undefined) conditions.push({ _id: { $lt: cursor } });
    const docs = await this.#collections.auditLog
      .find(conditions.length === 0 ? {} : { $and: conditions })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageFrom(docs, limit, toAuditEntry, (doc) => doc._id);
  }
}

/** One row per filter of `auditLog.list`. */
const auditMatches = {
  accountId: (accountId) => ({ accountId }),
  appId: (appId) => ({ appId }),
  action: (action) => ({ action }),
} satisfies FilterTable<AccountAuditFilter, Filter<AuditDoc>>;

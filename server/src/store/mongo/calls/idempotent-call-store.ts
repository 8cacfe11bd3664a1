import type {
  CallLease,
  CallResponse,
  IdempotentCall,
  IdempotentCallStore,
} from '../../../domain/ports/idempotent-call-store.ts';
import type { Collections } from '../documents/collections.ts';
import { toIdempotentCall, toIdempotentCallDoc } from '../documents/idempotent-call.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

/** One document for each call, which a TTL index removes. */
export class MongoIdempotentCallStore implements IdempotentCallStore {
  readonly #calls: Collections['idempotentCalls'];

  constructor({ idempotentCalls }: Pick<Collections, 'idempotentCalls'>) {
    this.#calls = idempotentCalls;
  }

  async find(id: string): Promise<IdempotentCall | undefined> {
    const doc = await this.#calls.findOne({ _id: id });
    return doc === null ? undefined : toIdempotentCall(doc);
  }

  async begin(call: IdempotentCall, now: number): Promise<boolean> {
    if (await this.#insert(call)) return true;
    // The TTL index removes an expired call some time later.
    const { deletedCount } = await this.#calls.deleteOne({
      _id: call.id,
      expiresAt: { $lte: new Date(now) },
    });
    return deletedCount === 1 && (await this.#insert(call));
  }

  async #insert(call: IdempotentCall): Promise<boolean> {
    try {
      await this.#calls.insertOne(toIdempotentCallDoc(call));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async takeOver(id: string, ended: CallLease, next: CallLease): Promise<boolean> {
    const { matchedCount } = await this.#calls.updateOne(
      { _id: id, status: 'running', 'lease.token': ended.token },
      { $set: { lease: { token: next.token, until: new Date(next.until) } } },
    );
    return matchedCount === 1;
  }

  async complete(id: string, token: string, { targetId, sealed, sealedUntil }: CallResponse): Promise<void> {
    await this.#calls.updateOne(
      { _id: id, 'lease.token': token },
      { $set: { status: 'done', targetId, sealed, sealedUntil: new Date(sealedUntil) } },
    );
  }

  async release(id: string, token: string): Promise<void> {
    await this.#calls.deleteOne({ _id: id, 'lease.token': token });
  }

  async endLease(id: string, token: string, now: number): Promise<void> {
    await this.#calls.updateOne(
      { _id: id, 'lease.token': token },
      { $set: { 'lease.until': new Date(now) } },
    );
  }

  async dropSealed(now: number, limit: number): Promise<number> {
    const found = await this.#calls
      .find({ sealedUntil: { $lte: new Date(now) } }, { projection: { _id: 1 } })
      .limit(limit)
      .toArray();
    if (found.length === 0) return 0;
    const { modifiedCount } = await this.#calls.updateMany(
      { _id: { $in: found.map(({ _id }) => _id) }, sealedUntil: { $lte: new Date(now) } },
      { $unset: { sealed: 1, sealedUntil: 1 } },
    );
    return modifiedCount;
  }
}

import { MongoServerError, type Collection, type Db } from 'mongodb';

/** One booking of an account. */
export interface Entry {
  /** The id of the event that it comes from. */
  readonly _id: string;
  readonly customerId: string;
  readonly orderId: string;
  /** In cents. Negative for a refund. */
  readonly amount: number;
  readonly currency: 'EUR' | 'USD';
  /** When the event happened. */
  readonly at: Date;
}

export interface Balance {
  readonly currency: string;
  /** In cents. */
  readonly amount: number;
}

const duplicateKey = 11_000;

/** The bookings of all customers. */
export class Ledger {
  readonly #entries: Collection<Entry>;

  constructor(db: Db) {
    this.#entries = db.collection<Entry>('entries');
  }

  async prepare(): Promise<void> {
    await this.#entries.createIndex({ customerId: 1 });
  }

  /**
   * Books an entry once. Tocsin delivers at least once, so the id of the event is the id of the entry: one write
   * both recognizes a repeated delivery and has its effect.
   *
   * @returns false if the event was booked before
   */
  async book(entry: Entry): Promise<boolean> {
    try {
      await this.#entries.insertOne(entry, { writeConcern: { w: 'majority' } });
      return true;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === duplicateKey) return false;
      throw error;
    }
  }

  async getBalances(customerId: string): Promise<readonly Balance[]> {
    return await this.#entries
      .aggregate<Balance>([
        { $match: { customerId } },
        { $group: { _id: '$currency', amount: { $sum: '$amount' } } },
        { $project: { _id: 0, currency: '$_id', amount: 1 } },
        { $sort: { currency: 1 } },
      ])
      .toArray();
  }
}

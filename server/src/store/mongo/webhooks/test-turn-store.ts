import type { TestTurnStore } from '../../../domain/ports/sending.ts';
import type { Collections } from '../documents/collections.ts';

/**
 * Keeps the turns in the documents of webhooks, where no caller sees them. Notifies no process of the change,
 * because no cache holds it.
 */
export class MongoTestTurnStore implements TestTurnStore {
  readonly #webhooks: Collections['webhooks'];

  constructor({ webhooks }: Pick<Collections, 'webhooks'>) {
    this.#webhooks = webhooks;
  }

  async take(webhookId: string, now: number, until: number): Promise<number | undefined> {
    const free = { $or: [{ nextTestAt: { $exists: false } }, { nextTestAt: { $lte: new Date(now) } }] };
    const { matchedCount } = await this.#webhooks.updateOne(
      { _id: webhookId, ...free },
      { $set: { nextTestAt: new Date(until) } },
      { writeConcern: { w: 1 } },
    );
    if (matchedCount === 1) return undefined;
    const taken = await this.#webhooks.findOne({ _id: webhookId }, { projection: { nextTestAt: 1 } });
    return taken?.nextTestAt?.getTime() ?? now;
  }

  async end(webhookId: string, until: number, next: number): Promise<void> {
    await this.#webhooks.updateOne(
      { _id: webhookId, nextTestAt: new Date(until) },
      { $set: { nextTestAt: new Date(next) } },
      { writeConcern: { w: 1 } },
    );
  }
}

import { timeFromId } from '../../../../src/domain/ids.ts';
import type {
  BacklogRequest,
  BacklogStore,
  WebhookBacklogCounts,
} from '../../../../src/domain/ports/backlog-store.ts';
import { inFlightDeliveries } from '../deliveries/in-flight-deliveries.ts';
import type { MemoryDatabase } from '../memory-database.ts';

export class MemoryBacklogStore implements BacklogStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async readBacklog({ webhookId, now, failedSince = 0 }: BacklogRequest): Promise<WebhookBacklogCounts> {
    const waiting = this.#database.deliveries.getWaiting(webhookId);
    const inFlight = [...inFlightDeliveries(this.#database, undefined)];
    const failed = [...this.#database.deliveries.values()].filter(
      (delivery) =>
        delivery.webhookId === webhookId &&
        delivery.status === 'failed' &&
        timeFromId(delivery.id) >= failedSince,
    );
    const [oldest] = waiting.map(({ id }) => timeFromId(id)).sort((a, b) => a - b);
    return {
      waiting: waiting.length,
      underWay: inFlight.filter((delivery) => delivery.webhookId === webhookId).length,
      dueNow: waiting.filter(({ dueAt }) => dueAt <= now).length,
      oldestAt: oldest ?? null,
      nextDueAt: waiting[0]?.dueAt ?? null,
      failed: failed.length,
      isCapped: false,
    };
  }
}

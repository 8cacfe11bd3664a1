import type {
  FeedConsumer,
  FeedConsumerCommit,
  FeedConsumerStore,
} from '../../../../src/domain/ports/feed-consumers.ts';
import { compareText } from '../read-map.ts';

export class MemoryFeedConsumerStore implements FeedConsumerStore {
  /** By app and name. */
  readonly #apps = new Map<string, Map<string, FeedConsumer>>();

  list(appId: string): Promise<readonly FeedConsumer[]> {
    const consumers = [...(this.#apps.get(appId)?.values() ?? [])];
    return Promise.resolve(consumers.toSorted((a, b) => compareText(a.name, b.name)));
  }

  find(appId: string, name: string): Promise<FeedConsumer | undefined> {
    return Promise.resolve(this.#apps.get(appId)?.get(name));
  }

  commit(
    { appId, name, cursor, updatedAt, expected }: FeedConsumerCommit,
    maxConsumers: number,
  ): Promise<'committed' | 'conflict' | 'limit_reached'> {
    const consumers = this.#apps.get(appId) ?? new Map<string, FeedConsumer>();
    const stored = consumers.get(name)?.cursor ?? null;
    if (expected !== undefined && expected !== stored) return Promise.resolve('conflict');
    if (stored === null && consumers.size >= maxConsumers) return Promise.resolve('limit_reached');
    consumers.set(name, { name, cursor, updatedAt });
    this.#apps.set(appId, consumers);
    return Promise.resolve('committed');
  }

  delete(appId: string, name: string): Promise<boolean> {
    return Promise.resolve(this.#apps.get(appId)?.delete(name) ?? false);
  }
}

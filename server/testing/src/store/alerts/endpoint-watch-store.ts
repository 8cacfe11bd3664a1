import type { EndpointWatch } from '../../../../src/domain/endpoint-watch.ts';
import type {
  EndpointWatchStore,
  ExpiringSecret,
  FailedCount,
  MonitorCursor,
  MonitorStep,
  OperationalNotice,
} from '../../../../src/domain/ports/endpoint-watch-store.ts';
import type { Webhook } from '../../../../src/domain/webhook.ts';
import { SortedMap } from '../sorted-map.ts';
import type { OutboxEntry, StoredDelivery } from '../stored-objects.ts';
import { takeMatching } from '../take-page.ts';

interface Watched {
  readonly webhooks: ReadonlyMap<string, Webhook>;
}

interface Queued {
  readonly deliveries: { values(): Iterable<Pick<StoredDelivery, 'webhookId' | 'status' | 'finishedAt'>> };
  readonly entries: SortedMap<Pick<OutboxEntry, 'acceptedAt'>>;
}

export class MemoryEndpointWatchStore implements EndpointWatchStore {
  readonly #config: Watched;
  readonly #database: Queued;
  readonly #watches = new SortedMap<EndpointWatch>();
  readonly #notices = new Map<string, OperationalNotice>();
  #lease: { readonly holder: string; readonly until: number } | undefined;
  #cursor: MonitorCursor | undefined;

  constructor(config: Watched, database: Queued) {
    this.#config = config;
    this.#database = database;
  }

  async takeLease(
    holder: string,
    now: number,
    until: number,
    start: MonitorCursor,
  ): Promise<MonitorCursor | undefined> {
    if (this.#lease !== undefined && this.#lease.holder !== holder && this.#lease.until > now)
      return undefined;
    this.#lease = { holder, until };
    this.#cursor ??= start;
    return this.#cursor;
  }

  async releaseLease(holder: string): Promise<void> {
    if (this.#lease?.holder === holder) this.#lease = undefined;
  }

  async getMany(webhookIds: readonly string[]): Promise<EndpointWatch[]> {
    return webhookIds.flatMap((id) => this.#watches.get(id) ?? []);
  }

  async listNewest(limit: number): Promise<EndpointWatch[]> {
    return [...this.#watches.values()].sort((a, b) => b.since - a.since).slice(0, limit);
  }

  async listAfter(after: string | undefined, limit: number): Promise<EndpointWatch[]> {
    return takeMatching(this.#watches.ascending({ after }), () => true, limit);
  }

  async findDisabled(
    since: number,
    limit: number,
  ): Promise<{ readonly webhookId: string; readonly updatedAt: number }[]> {
    return [...this.#config.webhooks.values()]
      .filter(({ updatedAt }) => updatedAt >= since)
      .filter(({ disabledReason }) => disabledReason !== null && disabledReason !== 'by_user')
      .sort((a, b) => a.updatedAt - b.updatedAt)
      .slice(0, limit)
      .map(({ id, updatedAt }) => ({ webhookId: id, updatedAt }));
  }

  async countFailed(
    from: number,
    to: number,
    limit: number,
  ): Promise<{ readonly counts: readonly FailedCount[]; readonly isCapped: boolean }> {
    const counts = new Map<string, number>();
    let read = 0;
    for (const { webhookId, status, finishedAt } of this.#database.deliveries.values()) {
      if (status !== 'failed' || finishedAt === null || finishedAt < from || finishedAt >= to) continue;
      if (read === limit) break;
      read++;
      counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    }
    const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return { counts: sorted.map(([webhookId, count]) => ({ webhookId, count })), isCapped: read >= limit };
  }

  async findExpiring(
    kind: ExpiringSecret['kind'],
    from: number,
    to: number,
    limit: number,
  ): Promise<ExpiringSecret[]> {
    return [...this.#config.webhooks.values()]
      .flatMap(({ id, previousSecrets, clientCertificate }) => {
        const ends =
          kind === 'previous_secret'
            ? previousSecrets.map(({ until }) => until)
            : clientCertificate === null
              ? []
              : [clientCertificate.expiresAt];
        return ends.map((expiresAt) => ({ webhookId: id, kind, expiresAt }));
      })
      .filter(({ expiresAt }) => expiresAt >= from && expiresAt < to)
      .sort((a, b) => a.expiresAt - b.expiresAt)
      .slice(0, limit);
  }

  async findOldestOwed(): Promise<number | null> {
    const [oldest] = this.#database.entries.ascending();
    return oldest?.acceptedAt ?? null;
  }

  async apply({ holder, watches, forgotten, notices, cursor }: MonitorStep): Promise<boolean> {
    if (this.#lease?.holder !== holder) return false;
    this.#cursor = cursor;
    for (const watch of watches) this.#watches.set(watch.webhookId, watch);
    for (const id of forgotten) this.#watches.delete(id);
    for (const notice of notices) if (!this.#notices.has(notice.id)) this.#notices.set(notice.id, notice);
    return true;
  }

  async listNotices(limit: number): Promise<OperationalNotice[]> {
    return [...this.#notices.values()].sort((a, b) => a.at - b.at).slice(0, limit);
  }

  async removeNotices(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#notices.delete(id);
  }
}

import type { AlertHistoryFilter, Page } from '@tocsin/shared';
import type { AlertChannel, AlertMessage, AlertRule, OpenAlert } from '../../../../src/domain/alert.ts';
import type {
  AlertChanges,
  AlertChannelChange,
  AlertMessageResult,
  AlertRuleChange,
  AlertStore,
} from '../../../../src/domain/ports/alert-store.ts';
import type { PageRequest } from '../../../../src/domain/ports/page-request.ts';
import { SortedMap } from '../sorted-map.ts';
import { takeMatching, toPage } from '../take-page.ts';

/** Channels, rules, open alerts and messages of one test server. */
export class MemoryAlertStore implements AlertStore {
  readonly #channels = new SortedMap<AlertChannel>();
  readonly #rules = new SortedMap<AlertRule>();
  readonly #open = new SortedMap<OpenAlert>();
  readonly #messages = new SortedMap<AlertMessage>();

  async insertChannel(channel: AlertChannel, limit: number): Promise<boolean> {
    return insertWithin(this.#channels, channel, limit);
  }

  async listChannels(owner: string | null, page: PageRequest): Promise<Page<AlertChannel>> {
    return listOwned(this.#channels, owner, page);
  }

  async getChannels(ids: readonly string[]): Promise<AlertChannel[]> {
    return ids.flatMap((id) => this.#channels.get(id) ?? []);
  }

  async updateChannel(id: string, change: AlertChannelChange): Promise<AlertChannel | undefined> {
    return updateGiven(this.#channels, id, change);
  }

  async deleteChannel(id: string): Promise<boolean> {
    if (!this.#channels.delete(id)) return false;
    for (const rule of [...this.#rules.values()].filter(({ channelIds }) => channelIds.includes(id))) {
      this.#rules.set(rule.id, { ...rule, channelIds: rule.channelIds.filter((other) => other !== id) });
    }
    for (const message of [...this.#messages.values()].filter(({ channelId }) => channelId === id)) {
      if (message.nextAt === null) continue;
      const error = 'the channel was deleted';
      this.#messages.set(message.id, { ...message, status: 'failed', nextAt: null, error });
    }
    return true;
  }

  async insertRule(rule: AlertRule, limit: number): Promise<boolean> {
    return insertWithin(this.#rules, rule, limit);
  }

  async listRules(owner: string | null, page: PageRequest): Promise<Page<AlertRule>> {
    return listOwned(this.#rules, owner, page);
  }

  async getRule(id: string): Promise<AlertRule | undefined> {
    return this.#rules.get(id);
  }

  async updateRule(id: string, change: AlertRuleChange): Promise<AlertRule | undefined> {
    return updateGiven(this.#rules, id, change);
  }

  async deleteRule(id: string): Promise<boolean> {
    for (const alert of [...this.#open.values()].filter(({ ruleId }) => ruleId === id)) {
      this.#open.delete(alert.id);
    }
    return this.#rules.delete(id);
  }

  async listEnabledRules(limit: number): Promise<AlertRule[]> {
    return takeMatching(this.#rules.ascending(), ({ enabled }) => enabled, limit);
  }

  async listOpen(after: string | undefined, limit: number): Promise<OpenAlert[]> {
    return takeMatching(this.#open.ascending({ after }), () => true, limit);
  }

  async listOpenOf(ruleIds: readonly string[], limit: number): Promise<OpenAlert[]> {
    return takeMatching(this.#open.ascending(), ({ ruleId }) => ruleIds.includes(ruleId), limit);
  }

  async countOpen(ruleIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>> {
    const alerts = [...this.#open.values()];
    return new Map(
      ruleIds.map((id) => [id, takeMatching(alerts, ({ ruleId }) => ruleId === id, limit).length]),
    );
  }

  async apply({ opened, told, closed, messages }: AlertChanges): Promise<void> {
    for (const alert of opened) this.#open.set(alert.id, alert);
    for (const { id, toldAt, target } of told) updateGiven(this.#open, id, { toldAt, target });
    for (const id of closed) this.#open.delete(id);
    for (const message of messages) this.#messages.set(message.id, message);
  }

  async listDue(
    now: number,
    limit: number,
    exceptChannelIds: readonly string[] = [],
  ): Promise<AlertMessage[]> {
    return [...this.#messages.ascending()]
      .filter(({ channelId }) => !exceptChannelIds.includes(channelId))
      .filter(({ nextAt }) => nextAt !== null && nextAt <= now)
      .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0))
      .slice(0, limit);
  }

  async countWaiting(channelIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>> {
    const waiting = [...this.#messages.values()].filter(({ nextAt }) => nextAt !== null);
    return new Map(
      channelIds.map((id) => [id, takeMatching(waiting, ({ channelId }) => channelId === id, limit).length]),
    );
  }

  async postpone(channelId: string, until: number): Promise<void> {
    const waiting = [...this.#messages.values()].filter((message) => message.channelId === channelId);
    for (const message of waiting) {
      if (message.nextAt === null || message.nextAt >= until) continue;
      this.#messages.set(message.id, { ...message, nextAt: until });
    }
  }

  async setResult(id: string, result: AlertMessageResult): Promise<void> {
    const { status, tries, nextAt, sentAt, error } = result;
    updateGiven(this.#messages, id, { status, tries, nextAt, sentAt, error });
  }

  async listMessages(
    { accountId, status }: AlertHistoryFilter,
    { cursor, limit }: PageRequest,
  ): Promise<Page<AlertMessage>> {
    const found = takeMatching(
      this.#messages.descending({ below: cursor }),
      (message) =>
        message.accountId === (accountId ?? null) && (status === undefined || message.status === status),
      limit + 1,
    );
    return toPage(found, limit, (message) => message);
  }
}

function insertWithin<T extends { readonly id: string; readonly accountId: string | null }>(
  map: SortedMap<T>,
  item: T,
  limit: number,
): boolean {
  const isOwn = ({ accountId }: T) => accountId === item.accountId;
  if (takeMatching(map.values(), isOwn, limit).length >= limit) return false;
  map.set(item.id, item);
  return true;
}

function listOwned<T extends { readonly id: string; readonly accountId: string | null }>(
  map: SortedMap<T>,
  owner: string | null,
  { cursor, limit }: PageRequest,
): Page<T> {
  const found = takeMatching(
    map.descending({ below: cursor }),
    ({ accountId }) => accountId === owner,
    limit + 1,
  );
  return toPage(found, limit, (item) => item);
}

/** Undefined keeps the stored value. */
function updateGiven<T extends object>(map: SortedMap<T>, id: string, change: Partial<T>): T | undefined {
  const stored = map.get(id);
  if (stored === undefined) return undefined;
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  // `as`: the fields are those of the object.
  const next = { ...stored, ...(Object.fromEntries(given) as Partial<T>) };
  map.set(id, next);
  return next;
}

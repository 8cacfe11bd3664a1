import type { IncidentCounts, Page } from '@tocsin/shared';
import {
  afterClosure,
  afterFailures,
  isIncidentOpen,
  type Incident,
  type IncidentClosure,
  type IncidentFailures,
} from '../../../../src/domain/incident.ts';
import type {
  IncidentChange,
  IncidentQuery,
  IncidentStore,
} from '../../../../src/domain/ports/incident-store.ts';
import { isVisible, type PageRequest, type Visibility } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryConfig } from '../memory-config.ts';

export class MemoryIncidentStore implements IncidentStore {
  readonly #incidents: Map<string, Incident>;

  constructor({ incidents }: Pick<MemoryConfig, 'incidents'>) {
    this.#incidents = incidents;
  }

  async addFailures(failures: readonly IncidentFailures[]): Promise<void> {
    for (const some of failures) {
      this.#incidents.set(some.id, afterFailures(this.#incidents.get(some.id), some));
    }
  }

  async close(closures: readonly IncidentClosure[]): Promise<void> {
    for (const closure of closures) {
      for (const incident of this.#incidents.values()) {
        if (incident.webhookId !== closure.webhookId) continue;
        this.#incidents.set(incident.id, afterClosure(incident, closure));
      }
    }
  }

  async remove(webhookIds: readonly string[]): Promise<void> {
    for (const { id, webhookId } of this.#incidents.values()) {
      if (webhookIds.includes(webhookId)) this.#incidents.delete(id);
    }
  }

  async get(id: string): Promise<Incident | undefined> {
    return structuredClone(this.#incidents.get(id));
  }

  async list(query: IncidentQuery, now: number, { cursor, limit }: PageRequest): Promise<Page<Incident>> {
    const sorted = [...this.#incidents.values()]
      .filter((incident) => matches(query, incident, now))
      .sort(byRank);
    const start = cursor === undefined ? 0 : sorted.findIndex(({ id }) => id === cursor) + 1;
    const items = sorted.slice(start, start + limit);
    const hasMore = start + limit < sorted.length;
    return { items: structuredClone(items), nextCursor: hasMore ? (items.at(-1)?.id ?? null) : null };
  }

  async listAccountsWithUnended(after: string | undefined, limit: number): Promise<string[]> {
    const unended = [...this.#incidents.values()].filter(({ endsAt }) => endsAt === null);
    const accounts = [...new Set(unended.map(({ accountId }) => accountId))].sort();
    return accounts.filter((id) => after === undefined || id > after).slice(0, limit);
  }

  async countOpen(visibility: Visibility, now: number, limit: number): Promise<IncidentCounts> {
    const open = [...this.#incidents.values()]
      .filter((incident) => matches({ ...visibility, state: 'open' }, incident, now))
      .slice(0, limit);
    const snoozed = open.filter(({ snoozedUntil }) => snoozedUntil !== null && snoozedUntil > now);
    return { open: open.length, snoozed: snoozed.length, isCapped: open.length >= limit };
  }

  async findSnoozed(
    webhookIds: readonly string[],
    now: number,
    by: 'anyone' | 'operator',
  ): Promise<ReadonlySet<string>> {
    const isSnoozed = ({ snoozedUntil, snoozedByOperator }: Incident) =>
      snoozedUntil !== null && snoozedUntil > now && (by === 'anyone' || snoozedByOperator);
    const open = [...this.#incidents.values()].filter((incident) => isIncidentOpen(incident, now));
    return new Set(
      webhookIds.filter((id) => {
        const own = open.filter(({ webhookId }) => webhookId === id);
        return own.length > 0 && own.every(isSnoozed);
      }),
    );
  }

  async update(
    id: string,
    { snoozedUntil, snoozedByOperator, note }: IncidentChange,
  ): Promise<Incident | undefined> {
    const known = this.#incidents.get(id);
    if (known === undefined) return undefined;
    const changed = {
      ...known,
      ...(snoozedUntil === undefined ? {} : { snoozedUntil }),
      ...(snoozedByOperator === undefined ? {} : { snoozedByOperator }),
      ...(note === undefined ? {} : { note }),
    };
    this.#incidents.set(id, changed);
    return structuredClone(changed);
  }
}

function matches(
  { webhookId, state, ...visibility }: IncidentQuery,
  incident: Incident,
  now: number,
): boolean {
  if (!isVisible(visibility, incident)) return false;
  if (webhookId !== undefined && incident.webhookId !== webhookId) return false;
  if (state === 'unended') return incident.endsAt === null;
  return isIncidentOpen(incident, now) === (state === 'open');
}

/** Unended ones first, by their failures; then by the time of their end. */
function byRank(a: Incident, b: Incident): number {
  const isUnended = Number(b.endsAt === null) - Number(a.endsAt === null);
  const order = a.endsAt === null ? b.failedAttempts - a.failedAttempts : (b.endsAt ?? 0) - a.endsAt;
  return isUnended || order || (a.id < b.id ? 1 : -1);
}

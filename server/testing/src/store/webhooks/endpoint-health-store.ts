import { toHealthState, unknownHealth, type EndpointHealth } from '../../../../src/domain/endpoint-health.ts';
import { isVisible, type Visibility } from '../../../../src/domain/ports/page-request.ts';
import type {
  EndpointHealthChange,
  EndpointHealthStore,
  UnhealthyWebhook,
  UnhealthyWebhooks,
} from '../../../../src/domain/ports/webhook-store.ts';
import { toDisabledBy } from '../../../../src/domain/webhook.ts';
import type { MemoryConfig, StoredHealth } from '../memory-config.ts';
import { findLastSuccesses, type DeliveryOutcomes } from './last-success.ts';

export class MemoryEndpointHealthStore implements EndpointHealthStore {
  readonly #config: Pick<MemoryConfig, 'health' | 'webhooks'>;
  readonly #deliveries: DeliveryOutcomes;

  constructor(
    config: Pick<MemoryConfig, 'health' | 'webhooks'>,
    { deliveries }: { readonly deliveries: DeliveryOutcomes },
  ) {
    this.#config = config;
    this.#deliveries = deliveries;
  }

  async get(ids: readonly string[]): Promise<Map<string, EndpointHealth>> {
    const found = new Map<string, EndpointHealth>();
    for (const id of ids) {
      const stored = this.#config.health.get(id);
      if (stored !== undefined) found.set(id, toHealth(stored));
    }
    return found;
  }

  async findFailing(visibility: Visibility, limit: number): Promise<string[]> {
    return [...this.#config.health]
      .filter(([, stored]) => stored.failuresInARow > 0 && isVisible(visibility, stored))
      .sort(([, a], [, b]) => b.failuresInARow - a.failuresInARow)
      .slice(0, limit)
      .map(([id]) => id);
  }

  async listAccountsWithFailing(after: string | undefined, limit: number): Promise<string[]> {
    const failing = [...this.#config.health.values()].filter(({ failuresInARow }) => failuresInARow > 0);
    const accounts = [...new Set(failing.map(({ accountId }) => accountId))].sort();
    return accounts.filter((id) => after === undefined || id > after).slice(0, limit);
  }

  async findUnhealthy(visibility: Visibility, limit: number): Promise<UnhealthyWebhooks> {
    const found: UnhealthyWebhook[] = [];
    for (const webhook of this.#config.webhooks.values()) {
      if (!isVisible(visibility, webhook)) continue;
      const health = this.#config.health.get(webhook.id) ?? unknownHealth;
      const state = toHealthState(health, webhook.enabled);
      if (state === 'healthy') continue;
      const disabledBy = webhook.enabled ? null : toDisabledBy(webhook.disabledReason);
      found.push({ id: webhook.id, state, disabledBy, failuresInARow: health.failuresInARow });
    }
    const disabled = found.filter(({ state }) => state === 'disabled');
    const failing = found.filter(({ state }) => state !== 'disabled');
    return {
      webhooks: [...disabled.slice(0, limit), ...failing.slice(0, limit)],
      isCapped: disabled.length >= limit || failing.length >= limit,
    };
  }

  async getForDisplay(ids: readonly string[]): Promise<Map<string, EndpointHealth>> {
    const successes = findLastSuccesses(this.#deliveries, ids);
    return new Map(
      ids.map((id) => {
        const stored = this.#config.health.get(id);
        const health = stored === undefined ? unknownHealth : toHealth(stored);
        const succeededAt = successes.get(id) ?? 0;
        const isCounted = succeededAt > Math.max(health.lastSuccessAt ?? 0, stored?.resetAt ?? 0);
        return [id, isCounted ? { ...health, lastSuccessAt: succeededAt } : { ...health }];
      }),
    );
  }

  async save(changes: readonly EndpointHealthChange[]): Promise<readonly string[]> {
    return changes.flatMap((change) => (this.#saveOne(change) ? [] : change.webhook.id));
  }

  /** Returns false if the webhook keeps its stored health. */
  #saveOne({ webhook: { id, appId, accountId }, health, epoch }: EndpointHealthChange): boolean {
    const stored = this.#config.health.get(id);
    if (stored !== undefined && (stored.epoch > epoch || hasMore(stored, health))) return false;
    // A process that has not loaded the health yet has no earlier success.
    const lastSuccessAt = toLater(stored?.lastSuccessAt ?? null, health.lastSuccessAt);
    const resetAt = stored?.resetAt ?? 0;
    this.#config.health.set(id, { ...toHealth(health), lastSuccessAt, appId, accountId, resetAt, epoch });
    return true;
  }
}

/** Whether a result is stored that this health misses. */
function hasMore(stored: StoredHealth, { failingSince, lastSuccessAt }: EndpointHealth): boolean {
  if (failingSince !== null) return Math.max(stored.lastSuccessAt ?? 0, stored.resetAt) > failingSince;
  return lastSuccessAt !== null && (stored.failingSince ?? 0) > lastSuccessAt;
}

function toLater(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function toHealth(health: EndpointHealth): EndpointHealth {
  const { failuresInARow, lastSuccessAt, lastFailureAt, lastFailureReason, failingSince } = health;
  return { failuresInARow, lastSuccessAt, lastFailureAt, lastFailureReason, failingSince };
}

import type { AlertRule } from '../../domain/alert.ts';
import type { QueueFacts } from '../../domain/alert-evaluation.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EndpointWatchStore } from '../../domain/ports/endpoint-watch-store.ts';

export interface CountQueuesDeps {
  readonly deliveries: Pick<DeliveryStore, 'getQueueState'>;
  readonly watches: Pick<EndpointWatchStore, 'findOldestOwed'>;
}

/** By owner. Null: the operator. */
export type Queues = ReadonlyMap<string | null, QueueFacts>;

/** Accounts whose queue is counted in one evaluation. The others have their turn in the next ones. */
const maxQueuesCounted = 50;

/** Counts the queues that rules are about: the operator's, and those of some accounts in turns. */
export function createCountQueues({ deliveries, watches }: CountQueuesDeps) {
  let turn = 0;
  return async function countQueues(rules: readonly AlertRule[], now: number): Promise<Queues> {
    const owners = rules.filter(({ kind }) => kind === 'backlog').map(({ accountId }) => accountId);
    const accounts = [...new Set(owners)].filter((accountId) => accountId !== null).sort();
    const start = accounts.length <= maxQueuesCounted ? 0 : (turn += maxQueuesCounted) % accounts.length;
    const chosen = [...accounts, ...accounts].slice(
      start,
      start + Math.min(maxQueuesCounted, accounts.length),
    );
    const counted = new Map<string | null, QueueFacts>();
    const hasLag = rules.some(({ kind }) => kind === 'lag');
    if (hasLag || owners.includes(null)) {
      const { pending } = owners.includes(null)
        ? await deliveries.getQueueState({ excludedAppIds: [] }, now)
        : { pending: 0 };
      counted.set(null, { pending, oldestOwedAt: hasLag ? await watches.findOldestOwed() : null });
    }
    for (const accountId of chosen) {
      const { pending } = await deliveries.getQueueState({ accountId, excludedAppIds: [] }, now);
      counted.set(accountId, { pending, oldestOwedAt: null });
    }
    return counted;
  };
}

import type { PublishOutcome } from '../publish/types.ts';
import type { OutboxEvent, OutboxStore, Refusal } from './outbox-store.ts';
import { toVerdict, type Interruption } from './verdict.ts';

/** The result of one run. */
export interface RunResult {
  readonly published: number;
  readonly refused: number;
  readonly loaded: number;
  /** Whether there may be events that the run neither loaded nor had an outcome for. */
  readonly hasMore: boolean;
  /** Length of their texts. */
  readonly chars: number;
  readonly interruption: Interruption | undefined;
  /** Whether the lease was still held when the run was stored. */
  readonly isSettled: boolean;
}

export interface RunDeps {
  readonly store: Pick<OutboxStore<never>, 'loadEvents' | 'settle'>;
  /** Publishes the first of the events, at least one, in their order. Returns their outcomes. */
  readonly publish: (events: readonly [OutboxEvent, ...OutboxEvent[]]) => Promise<readonly PublishOutcome[]>;
  /** Whether the lease is held for certain. Asked before each request. */
  readonly isLeased: () => boolean;
  readonly fence: number;
  /** Events that were in doubt for too long: they are set aside. */
  readonly isGivenUp: (appId: string) => boolean;
}

/**
 * Publishes the oldest events of an app, at most `limit`, in their order. Ends at one that has to wait: the server
 * has stored none of those after it, except those that it knew before.
 *
 * Stores all outcomes in one settlement at the end. An event whose outcome is not stored is published again
 * with the same idempotency key, which the server recognizes.
 */
export async function runLane(
  { store, publish, isLeased, fence, isGivenUp }: RunDeps,
  appId: string,
  limit: number,
): Promise<RunResult> {
  const events = await store.loadEvents(appId, limit);
  const published: string[] = [];
  const refused: Refusal[] = [];
  let interruption: Interruption | undefined;
  let isOver = false;
  for (let [event, ...rest] = events; event !== undefined && !isOver && isLeased();) {
    for (const outcome of await publish([event, ...rest])) {
      if (event === undefined) break;
      const verdict = toVerdict(outcome);
      if (verdict.kind === 'published') {
        published.push(event.id);
      } else if (verdict.kind === 'refused' || (verdict.kind === 'doubt' && isGivenUp(appId))) {
        refused.push({ id: event.id, code: verdict.error.code, reason: verdict.error.message });
      } else {
        if (verdict.kind !== 'stop') interruption = { kind: verdict.kind, error: verdict.error };
        isOver = true;
        break;
      }
      event = rest.shift();
    }
  }
  const outcomes = published.length + refused.length;
  const isSettled = outcomes > 0 ? await store.settle({ published, refused }, fence) : true;
  return {
    published: published.length,
    refused: refused.length,
    loaded: events.length,
    hasMore: events.length === limit || outcomes < events.length,
    chars: events.reduce((sum, { text }) => sum + text.length, 0),
    interruption,
    isSettled,
  };
}

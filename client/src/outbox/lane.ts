import type { PublishOutcome } from '../publish/types.ts';
import type { OutboxEvent, OutboxStore, Refusal } from './outbox-store.ts';
import { toVerdict, type Interruption } from './verdict.ts';

/** The result of one run. */
export interface RunResult {
  readonly published: number;
  readonly refused: number;
  /** Whether the run took as many events as it may, so that there may be more. */
  readonly isFull: boolean;
  readonly interruption: Interruption | undefined;
  /** Whether the lease was still held when the run was stored. */
  readonly isSettled: boolean;
}

export interface RunDeps {
  readonly store: Pick<OutboxStore<never>, 'loadEvents' | 'settle'>;
  readonly publish: (event: OutboxEvent) => Promise<PublishOutcome>;
  /** Whether the lease is held for certain. Asked before each event. */
  readonly isLeased: () => boolean;
  readonly fence: number;
  /** Events that were in doubt for too long: they are set aside. */
  readonly isGivenUp: (appId: string) => boolean;
}

/**
 * Publishes the oldest events of an app, at most `limit`, one after the other so that they keep their order.
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
  for (const event of events) {
    if (!isLeased()) break;
    const verdict = toVerdict(await publish(event));
    if (verdict.kind === 'stop') break;
    if (verdict.kind === 'published') {
      published.push(event.id);
    } else if (verdict.kind === 'refused' || (verdict.kind === 'doubt' && isGivenUp(appId))) {
      refused.push({ id: event.id, code: verdict.error.code, reason: verdict.error.message });
    } else {
      interruption = { kind: verdict.kind, error: verdict.error };
      break;
    }
  }
  const hasOutcomes = published.length > 0 || refused.length > 0;
  const isSettled = hasOutcomes ? await store.settle({ published, refused }, fence) : true;
  return {
    published: published.length,
    refused: refused.length,
    isFull: events.length === limit,
    interruption,
    isSettled,
  };
}

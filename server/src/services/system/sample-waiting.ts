import type { DeliveryStore, WaitingApp } from '../../domain/ports/delivery-store.ts';
import { groupBy } from '../../domain/group-by.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { ActivityLog } from './activity.ts';

export interface SampleWaitingDeps {
  readonly deliveries: Pick<DeliveryStore, 'countWaiting'>;
  readonly activity: Pick<ActivityLog, 'recordWaiting'>;
  readonly log: Log;
}

/** Index keys that one sample reads. With a larger backlog, a sample covers a part of the accounts. */
const maxRead = 100_000;

/** Apps of one sample: of each account the one with the most waiting deliveries, then the second ones, and so on. */
const maxApps = 2_000;

/**
 * Returns a job that records how many deliveries of each app wait for their next attempt. Counting on the delivery path
 * would miss what users cancel and replay. Never rejects.
 */
export function createSampleWaiting({ deliveries, activity, log }: SampleWaitingDeps) {
  let known: readonly WaitingApp[] = [];
  /** Counted since the first account. */
  let round: WaitingApp[] = [];
  let after: string | undefined;
  return async function sampleWaiting(): Promise<void> {
    try {
      const { apps, next } = await deliveries.countWaiting(after, maxRead);
      round.push(...apps);
      after = next;
      if (next === undefined) {
        known = takeInTurns(round);
        round = [];
      }
      // During a long round, what its last one found.
      for (const app of known) activity.recordWaiting(app, app.waiting);
    } catch (error) {
      log.debug({ err: error }, 'could not count waiting deliveries; retrying');
    }
  };
}

function takeInTurns(apps: readonly WaitingApp[]): WaitingApp[] {
  const byAccount = groupBy(apps, ({ accountId }) => accountId);
  const ranked = [...byAccount.values()].flatMap((own) =>
    own.sort((a, b) => b.waiting - a.waiting).map((app, rank) => ({ app, rank })),
  );
  ranked.sort((a, b) => a.rank - b.rank || b.app.waiting - a.app.waiting);
  return ranked.slice(0, maxApps).map(({ app }) => app);
}

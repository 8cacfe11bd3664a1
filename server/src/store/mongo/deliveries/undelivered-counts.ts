import type { DeliveryStatus } from '@tocsin/shared';
import type { Filter } from 'mongodb';
import { toPartition } from '../../../domain/partition.ts';
import { lowestIdAt } from '../../../domain/ids.ts';
import type { UndeliveredCounts, WaitingCounts } from '../../../domain/ports/delivery-store.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import type { DeliveryDoc } from '../documents/delivery.ts';
import { toChunks } from '../driver/chunks.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { toExclusion } from '../driver/visibility.ts';
import { waitingIndex } from '../queue/waiting.ts';

/** Deliveries counted for each status. Their index keys are read, not their documents. */
const maxCounted = 20_000;

/** Counts what an index has by status: deliveries of events from a time on that are not delivered. */
export async function countUndelivered(
  { deliveries }: Collections,
  visibility: Visibility,
  since: number,
): Promise<UndeliveredCounts> {
  const hint = visibility.appId === undefined ? 'undelivered_by_account' : 'by_app_status';
  const range = { _id: { $gte: lowestIdAt('dlv_', since) } };
  const count = (status: DeliveryStatus) =>
    withHint(hint, (options) =>
      deliveries.countDocuments(
        { ...toOwner(visibility), status, ...range },
        { ...options, limit: maxCounted, comment: boundedScan },
      ),
    );
  const [pending, failed, cancelled] = await Promise.all([
    count('pending'),
    count('failed'),
    count('cancelled'),
  ]);
  return { pending, failed, cancelled, isCapped: Math.max(pending, failed, cancelled) >= maxCounted };
}

/** An index that begins with the account needs a condition on it, also for the deliveries of all accounts. */
function toOwner({ appId, accountId, excludedAppIds }: Visibility): Filter<DeliveryDoc> {
  if (appId !== undefined) return { appId, ...(accountId === undefined ? {} : { accountId }) };
  return { accountId: accountId ?? { $gte: '' }, ...toExclusion(excludedAppIds) };
}

/** Counts waiting deliveries by app. Reads only index keys. */
export async function countWaiting(
  { deliveries }: Collections,
  after: string | undefined,
  limit: number,
): Promise<WaitingCounts> {
  const accountId = after === undefined ? { $gte: '' } : { $gt: after };
  const found = await withHint('waiting_by_account', (options) =>
    deliveries
      .aggregate<{ _id: { accountId: string; appId: string }; waiting: number }>(
        [
          { $match: { accountId, nextAt: { $gte: new Date(0) } } },
          { $limit: limit },
          { $group: { _id: { accountId: '$accountId', appId: '$appId' }, waiting: { $sum: 1 } } },
        ],
        { ...options, comment: boundedScan },
      )
      .toArray(),
  );
  const apps = found.map(({ _id, waiting }) => ({ ..._id, waiting }));
  const read = apps.reduce((sum, { waiting }) => sum + waiting, 0);
  if (read < limit) return { apps, next: undefined };
  // The last account may have more. It is counted again next time, unless it alone has as many as are read.
  const accountIds = [...new Set(apps.map((app) => app.accountId))].sort();
  const whole = accountIds.length === 1 ? accountIds : accountIds.slice(0, -1);
  return { apps: apps.filter((app) => whole.includes(app.accountId)), next: whole.at(-1) };
}

/** Webhooks whose deliveries are counted at once. */
const concurrentCounts = 16;

/** Counts the deliveries that wait for each webhook. Reads only index keys. */
export async function countWaitingTo(
  { deliveries }: Collections,
  webhookIds: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const count = async (webhookId: string) => {
    const query = { partition: toPartition(webhookId), webhookId, nextAt: { $gte: new Date(0) } };
    const found = await withHint(waitingIndex, (options) =>
      deliveries.countDocuments(query, { ...options, limit, comment: boundedScan }),
    );
    if (found > 0) counts.set(webhookId, found);
  };
  for (const some of toChunks(webhookIds, concurrentCounts)) await Promise.all(some.map(count));
  return counts;
}

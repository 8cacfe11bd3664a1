import type { StoredDeliveryFilter } from '../../../server/src/domain/ports/delivery-store.ts';
import { toDeliveryId } from '../../../server/src/domain/ids.ts';
import { MongoDeliveryStore } from '../../../server/src/store/mongo/deliveries/delivery-store.ts';
import { anEvent } from '../../support/builders.ts';
import { combine, inPages, iso, visibilities, visibility, type FilterValues } from './filter-values.ts';
import { ids, large, medium, small, start, type Sample } from './sample-data.ts';
import type { Database, StoreCalls } from './store-calls.ts';

type OwnedFilter = Pick<
  StoredDeliveryFilter,
  'accountId' | 'appId' | 'excludedAppIds' | 'webhookId' | 'eventId' | 'status'
>;

const owners = (sample: Sample) =>
  combine<OwnedFilter>({
    ...visibility,
    appId: visibility.appId,
    webhookId: [large.webhookId, small.webhookId],
    eventId: [sample.eventIds[100] ?? ''],
    status: ['delivered', 'pending', 'failed', 'cancelled'],
  });

/** The other fields, each alone and all together. Every combination with the others would be thousands of calls. */
const details: FilterValues<Omit<StoredDeliveryFilter, keyof OwnedFilter>> = {
  since: [iso(2_000)],
  until: [iso(6_500)],
  event: ['user.register', 'license.*'],
  webhookIds: [[large.webhookId, small.webhookId], Array.from({ length: 300 }, () => ids.webhook())],
  reasons: [['awaiting_retry'], ['gone']],
  cause: ['timeout'],
  statusClass: ['5xx', 'none'],
  minAttempts: [1, 3],
  minDurationMs: [1, 5_000],
};

const detailed: StoredDeliveryFilter[] = [
  ...Object.entries<readonly unknown[]>(details).flatMap(([field, values]) =>
    values.map((value): StoredDeliveryFilter => ({ [field]: value })),
  ),
  // `as`: the fields and values are those of the filter.
  Object.fromEntries(
    Object.entries<readonly unknown[]>(details).map(([field, [value]]) => [field, value]),
  ) as StoredDeliveryFilter,
];

const scopes: StoredDeliveryFilter[] = [
  {},
  { accountId: small.accountId, excludedAppIds: [medium.appId] },
  { appId: small.appId, accountId: small.accountId },
  { webhookId: large.webhookId },
];

const deliveryFilters = (sample: Sample): StoredDeliveryFilter[] => [
  ...owners(sample),
  ...scopes.flatMap((scope) =>
    [{}, { status: 'failed' as const }].flatMap((status) =>
      detailed.map((detail) => ({ ...scope, ...status, ...detail })),
    ),
  ),
];

export function createDeliveryCalls(
  collections: Database['collections'],
  sample: Sample,
): StoreCalls<MongoDeliveryStore> {
  const deliveries = new MongoDeliveryStore(collections);
  const middle = sample.eventIds[1_000] ?? '';
  const now = start + 5_000_000;
  const some = sample.eventIds.slice(0, 20);
  return {
    get: [() => deliveries.get(toDeliveryId(middle, 0)), () => deliveries.get(toDeliveryId(middle, 7))],
    list: inPages(deliveryFilters(sample), toDeliveryId(middle, 0), (filter, page) =>
      deliveries.list(filter, page),
    ),
    retryNow: [() => deliveries.retryNow({ id: toDeliveryId(middle, 0), webhookId: large.webhookId }, now)],
    addTarget: [
      () =>
        deliveries.addTarget({ id: middle }, { webhookId: ids.webhook(), sentByHand: { at: now, by: 'CI' } }),
      () =>
        deliveries.addTarget(
          { id: middle },
          { webhookId: large.webhookId, sentByHand: { at: now, by: 'CI' } },
        ),
    ],
    getMany: [
      () => deliveries.getMany(some.map((id) => toDeliveryId(id, 0))),
      () => deliveries.getMany([toDeliveryId(sample.entryIds[0] ?? '', 0)]),
    ],
    retryMany: [
      () =>
        deliveries.retryMany(
          some.map((id) => ({ id: toDeliveryId(id, 0), webhookId: large.webhookId })),
          now,
        ),
    ],
    cancelMany: [
      () =>
        deliveries.cancelMany(
          some.map((id) => toDeliveryId(id, 0)),
          'cancelled_by_user',
          now,
        ),
    ],
    getQueueState: visibilities.map((visible) => () => deliveries.getQueueState(visible, now)),
    countUndelivered: visibilities.map((visible) => () => deliveries.countUndelivered(visible, start)),
    countWaiting: [
      () => deliveries.countWaiting(undefined, 100),
      () => deliveries.countWaiting(large.accountId, 100),
    ],
    countWaitingTo: [() => deliveries.countWaitingTo([large.webhookId, small.webhookId], 50)],
    resume: [
      () => deliveries.resume(small.webhookId, 'all', start, 100),
      () => deliveries.resume(large.webhookId, 'paused', start, 100),
    ],
    cancelPending: [() => deliveries.cancelPending(small.webhookId, 'webhook_deleted', now, 100)],
    insertFinished: [
      () =>
        deliveries.insertFinished({
          id: toDeliveryId(anEvent().id, 0),
          eventId: middle,
          webhookId: large.webhookId,
          appId: large.appId,
          accountId: large.accountId,
          type: 'test',
          status: 'delivered',
          reason: null,
          attempts: [],
          attemptCount: 0,
          dueAt: null,
          createdAt: now,
          finishedAt: now,
        }),
    ],
  };
}

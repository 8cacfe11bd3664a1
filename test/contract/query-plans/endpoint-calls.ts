import type { Visibility } from '../../../server/src/domain/ports/page-request.ts';
import { noWebhookActivity } from '../../../server/src/domain/webhook-activity.ts';
import { MongoBacklogStore } from '../../../server/src/store/mongo/webhooks/backlog-store.ts';
import { MongoEndpointHealthStore } from '../../../server/src/store/mongo/webhooks/endpoint-health-store.ts';
import { MongoTestTurnStore } from '../../../server/src/store/mongo/webhooks/test-turn-store.ts';
import { MongoWebhookActivityStore } from '../../../server/src/store/mongo/webhooks/webhook-activity-store.ts';
import type { CallsByStore, Database, StoreCalls } from './store-calls.ts';
import { large, small, start } from './sample-data.ts';

/** Calls of what is stored about the endpoint of a webhook. */
export function createEndpointCalls(
  { collections }: Pick<Database, 'collections'>,
  visibilities: readonly Visibility[],
): CallsByStore {
  const backlogs = new MongoBacklogStore(collections);
  const turns = new MongoTestTurnStore(collections);
  const health = new MongoEndpointHealthStore(collections);
  const activity = new MongoWebhookActivityStore(collections);
  const { webhookId, appId, accountId } = large;
  const now = start + 6_000_000;
  const counts = { ...noWebhookActivity(), attempts: 1 };
  return {
    MongoBacklogStore: {
      readBacklog: [webhookId, small.webhookId].flatMap((id) =>
        [undefined, start + 5_000_000].map(
          (failedSince) => () => backlogs.readBacklog({ webhookId: id, now, failedSince }),
        ),
      ),
    } satisfies StoreCalls<MongoBacklogStore>,
    MongoWebhookActivityStore: {
      add: [() => activity.add([{ webhookId, appId, accountId, slots: [{ at: start, counts }] }])],
      read: [
        () => activity.read(webhookId, 'fine', start, start + 86_400_000),
        () => activity.read(webhookId, 'coarse', start, start + 30 * 86_400_000),
      ],
    } satisfies StoreCalls<MongoWebhookActivityStore>,
    MongoTestTurnStore: {
      take: [() => turns.take(webhookId, start, start + 1_000)],
      end: [() => turns.end(webhookId, start + 1_000, start + 2_000)],
    } satisfies StoreCalls<MongoTestTurnStore>,
    MongoEndpointHealthStore: {
      getForDisplay: [() => health.getForDisplay([large.webhookId, small.webhookId])],
      get: [() => health.get([webhookId, small.webhookId])],
      listAccountsWithFailing: [
        () => health.listAccountsWithFailing(undefined, 3),
        () => health.listAccountsWithFailing(large.accountId, 3),
      ],
      findFailing: visibilities.map((visible) => () => health.findFailing(visible, 50)),
      findUnhealthy: visibilities.map((visible) => () => health.findUnhealthy(visible, 50)),
      save: [
        () =>
          health.save([
            {
              webhook: { id: webhookId, appId: large.appId, accountId: large.accountId },
              health: {
                failuresInARow: 1,
                lastSuccessAt: null,
                lastFailureAt: start,
                lastFailureReason: 'timeout',
                failingSince: start,
              },
              epoch: 0,
            },
          ]),
      ],
    } satisfies StoreCalls<MongoEndpointHealthStore>,
  };
}

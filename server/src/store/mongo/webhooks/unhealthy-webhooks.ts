import type { Filter } from 'mongodb';
import { toHealthState } from '../../../domain/endpoint-health.ts';
import type { Visibility } from '../../../domain/ports/page-request.ts';
import type { UnhealthyWebhook, UnhealthyWebhooks } from '../../../domain/ports/webhook-store.ts';
import { toDisabledBy } from '../../../domain/webhook.ts';
import type { Collections } from '../documents/collections.ts';
import { toHealth, type EndpointHealthDoc, type WebhookDoc } from '../documents/webhook.ts';
import { findInChunks } from '../driver/chunks.ts';
import { withHint } from '../driver/read-list.ts';
import { toExclusion, toVisibilityQuery } from '../driver/visibility.ts';

/**
 * Finds the visible webhooks that are not healthy. The health of a webhook and whether it is enabled are in two
 * documents, which are joined here.
 */
export async function findUnhealthyWebhooks(
  collections: Collections,
  visibility: Visibility,
  limit: number,
): Promise<UnhealthyWebhooks> {
  const [disabled, failing] = await Promise.all([
    findDisabled(collections, visibility, limit),
    findFailing(collections, visibility, limit),
  ]);
  // The health of a deleted webhook can be written once more.
  const enabled = await findInChunks(
    failing.map(({ _id }) => _id),
    (ids) =>
      collections.webhooks
        .find({ _id: { $in: ids }, enabled: true }, { projection: { _id: 1 }, hint: '_id_' })
        .toArray(),
  );
  const enabledIds = new Set(enabled.map(({ _id }) => _id));
  const healthById = new Map(failing.map((doc) => [doc._id, toHealth(doc)]));
  return {
    webhooks: [
      ...disabled.map(({ _id: id, disabledReason }): UnhealthyWebhook => {
        const failuresInARow = healthById.get(id)?.failuresInARow ?? 0;
        return { id, state: 'disabled', disabledBy: toDisabledBy(disabledReason), failuresInARow };
      }),
      ...[...healthById].flatMap(([id, health]): UnhealthyWebhook[] => {
        const state = toHealthState(health, true);
        if (!enabledIds.has(id) || (state !== 'failing' && state !== 'paused')) return [];
        return [{ id, state, disabledBy: null, failuresInARow: health.failuresInARow }];
      }),
    ],
    isCapped: disabled.length >= limit || failing.length >= limit,
  };
}

async function findDisabled({ webhooks }: Collections, visibility: Visibility, limit: number) {
  const { appId, accountId, excludedAppIds } = visibility;
  const owner: Filter<WebhookDoc> =
    appId === undefined
      ? { accountId: accountId ?? { $gte: '' }, ...toExclusion(excludedAppIds) }
      : { appId, ...(accountId === undefined ? {} : { accountId }) };
  return await withHint(appId === undefined ? 'disabled_by_account' : 'disabled_by_app', (options) =>
    webhooks
      .find({ ...owner, enabled: false }, { ...options, projection: { _id: 1, disabledReason: 1 } })
      .limit(limit)
      .toArray(),
  );
}

async function findFailing(
  { health }: Collections,
  visibility: Visibility,
  limit: number,
): Promise<EndpointHealthDoc[]> {
  return await health
    .find({ ...toVisibilityQuery(visibility), failuresInARow: { $gt: 0 } })
    .sort({ failuresInARow: -1 })
    .limit(limit)
    .toArray();
}

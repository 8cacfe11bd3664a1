import type { MongoMigration } from './migration.ts';

/**
 * Stores the app and the account of each webhook with its health, so that lists of failing webhooks are
 * narrowed by an index. Health without a webhook is not shown and stays as it is.
 *
 * Additive: an older process updates the health of a webhook and keeps the new fields. Health that it inserts
 * lacks them until this release writes it.
 */
export const accountOfEndpointHealth: MongoMigration = {
  version: 4,
  name: 'account of endpoint health',
  compatibility: 'additive',
  async run({ collections: { health, webhooks } }) {
    await health
      .aggregate([
        { $match: { accountId: { $exists: false } } },
        { $lookup: { from: webhooks.collectionName, localField: '_id', foreignField: '_id', as: 'webhook' } },
        { $unwind: '$webhook' },
        { $project: { appId: '$webhook.appId', accountId: '$webhook.accountId' } },
        {
          $merge: {
            into: health.collectionName,
            on: '_id',
            whenMatched: 'merge',
            whenNotMatched: 'discard',
          },
        },
      ])
      .toArray();
  },
};

import type { Collections } from '../documents/collections.ts';
import { withHint } from '../driver/read-list.ts';

/** Returns when the newest delivered delivery of a webhook ended, epoch ms. 0 if there is none. */
export async function findLastSuccess(
  { deliveries }: Pick<Collections, 'deliveries'>,
  webhookId: string,
): Promise<number> {
  const [newest] = await withHint('by_webhook_status', (options) =>
    deliveries
      .find({ webhookId, status: 'delivered' }, { ...options, projection: { _id: 1, finishedAt: 1 } })
      .sort({ _id: -1 })
      .limit(1)
      .toArray(),
  );
  return newest?.finishedAt?.getTime() ?? 0;
}

import type { DeliveryStore } from '../../server/src/domain/ports/delivery-store.ts';

/** The ids of a whole list, read in small pages. */
export async function pagesOf(
  deliveries: DeliveryStore,
  filter: Parameters<DeliveryStore['list']>[0],
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await deliveries.list(filter, { cursor, limit: 4 });
    ids.push(...page.items.map((delivery) => delivery.id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

import type { Page } from '@tocsin/shared';
import type { DeliveryStore } from '../../server/src/domain/ports/delivery-store.ts';
import type {
  AgePage,
  AgePageRequest,
  AgePosition,
  PageRequest,
} from '../../server/src/domain/ports/page-request.ts';

/** The ids of a whole list, read in small pages. */
export async function readAllIds(
  readPage: (page: PageRequest) => Promise<Page<{ readonly id: string }>>,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await readPage({ cursor, limit: 4 });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

/** The ids of a whole list by age, read in small pages. */
export async function readAllByAge(
  readPage: (page: AgePageRequest) => Promise<AgePage<{ readonly id: string }>>,
): Promise<string[]> {
  const ids: string[] = [];
  let after: AgePosition | undefined;
  do {
    const page = await readPage({ after, limit: 2 });
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

/** The ids of a whole list of deliveries, read in small pages. */
export async function pagesOf(
  deliveries: DeliveryStore,
  filter: Parameters<DeliveryStore['list']>[0],
): Promise<string[]> {
  return await readAllIds((page) => deliveries.list(filter, page));
}

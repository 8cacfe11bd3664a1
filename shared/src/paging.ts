import * as z from 'zod';

/** How many items a page holds: 1 to 200, 50 unless told. Both figures are those of AuthForge's other lists. */
export const pageLimit = z.coerce.number().int().min(1).max(200).default(50);

/** The last id of the page before. Opaque to callers: take it from `nextCursor`. */
export const pageCursor = z.string().min(1).max(64);

/** `cursor` and `limit` of a list. A null cursor means the first page, because tRPC's infinite queries send it. */
export const pageFields = { cursor: pageCursor.nullish(), limit: pageLimit };

/** A list without a filter: `accounts.list`, `apps.list`, `keys.list`. */
export const pageInput = z.strictObject(pageFields).prefault({});
export type PageInput = z.input<typeof pageInput>;

/** A page of a list, newest first. `nextCursor` is null on the last page. */
export interface Page<TItem> {
  items: TItem[];
  nextCursor: string | null;
}

export function pageSchema<TItem extends z.ZodType>(item: TItem) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

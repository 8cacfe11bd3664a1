import * as z from 'zod';

/** Page size, 1 to 200. The limits are those of AuthForge's other lists. */
export const pageSize = z.coerce.number().int().min(1).max(200).describe('Page size, 1 to 200.');

/** Page size, default 50. */
export const pageLimit = pageSize.default(50);

/** The `nextCursor` of the previous page. Opaque to callers. */
export const pageCursor = z.string().min(1).max(64).describe('The `nextCursor` of the previous page.');

/** `cursor` and `limit` of a list. Infinite queries of tRPC send a null cursor for the first page. */
export const pageFields = {
  cursor: pageCursor.nullish().describe('The `nextCursor` of the previous page. Default: the first page.'),
  limit: pageLimit,
};

/** `cursor` and `limit` of a list by age, whose cursors have a time and an id. An id of an app has up to 128 characters. */
export const agePageFields = {
  cursor: z
    .string()
    .min(1)
    .max(200)
    .nullish()
    .describe('The `nextCursor` of the previous page. Default: the first page.'),
  limit: pageLimit,
};

/** A list without a filter, such as `apps.deletions`. */
export const pageInput = z.strictObject(pageFields).prefault({});
export type PageInput = z.input<typeof pageInput>;

/** A page of a list, newest first. */
export interface Page<TItem> {
  items: TItem[];
  /** Pass as `cursor` to get the next page. Null on the last page. */
  nextCursor: string | null;
}

/** A page of a list that can say how many items match. */
export interface CountedPage<TItem> extends Page<TItem> {
  /** Number of all matches. Null: too many to count. Undefined: not counted. */
  total?: number | null | undefined;
}

/** Schema of a page of `item`. */
export function pageSchema<TItem extends z.ZodType>(item: TItem) {
  return z.object({
    items: z.array(item).describe('The items of the page.'),
    nextCursor: z
      .string()
      .nullable()
      .describe('Pass as `cursor` to get the next page. Null on the last page.'),
  });
}

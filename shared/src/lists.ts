import * as z from 'zod';
import { accountId, appId } from './ids.ts';
import { agePageFields, pageSchema } from './paging.ts';

/* Inputs and results of the lists of configuration: accounts, apps, keys and webhooks. */

/** Words to search for. */
export const searchText = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200)
  .describe(
    'Words to search for, at most 200 characters. Each must begin a word of the name or the id. Case and ' +
      'accents do not matter.',
  );

/** Lists count up to this many matches. */
export const maxTotal = 10_000;

const searchFields = {
  search: searchText.optional(),
  withTotal: z
    .boolean()
    .optional()
    .describe('Whether the result has the total number of matches. Default: false.'),
};

const manyIds = <TId extends z.ZodType<string>>(id: TId) =>
  z.array(id).min(1, 'must name at least one id').max(200).optional();

/** Input of `accounts.list`. */
export const listAccountsInput = z
  .strictObject({
    ...searchFields,
    ids: manyIds(accountId).describe('Only these accounts, at most 200. Unknown ids are left out.'),
    ...agePageFields,
  })
  .prefault({})
  .describe('Input of `accounts.list`: the accounts, the newest first.');
export type ListAccountsInput = z.output<typeof listAccountsInput>;

/** Input of `apps.list`. */
export const listAppsInput = z
  .strictObject({
    ...searchFields,
    accountId: accountId
      .optional()
      .describe('Only apps of this account. Default: all apps that the caller has access to.'),
    ids: manyIds(appId).describe('Only these apps, at most 200. Apps without access are left out.'),
    ...agePageFields,
  })
  .prefault({})
  .describe('Input of `apps.list`: apps, the newest first.');
export type ListAppsInput = z.output<typeof listAppsInput>;

/** Input of `keys.list`. */
export const listKeysInput = z
  .strictObject({
    ...searchFields,
    accountId: accountId
      .optional()
      .describe('Only keys of this account. Default: all keys that the caller has access to.'),
    appId: appId.optional().describe('Only keys that are bound to this app. Default: all keys.'),
    ...agePageFields,
  })
  .prefault({})
  .describe('Input of `keys.list`: API keys, the newest first.');
export type ListKeysInput = z.output<typeof listKeysInput>;

/** Schema of a page of `item` that can say how many items match. */
export function countedPageSchema<TItem extends z.ZodType>(item: TItem) {
  return pageSchema(item).extend({
    total: z
      .int()
      .nullable()
      .optional()
      .describe(
        'Number of all matches. Null if there are more than 10,000, or too many to count. Missing without ' +
          '`withTotal`.',
      ),
  });
}

import * as z from 'zod';
import { eventExplanation } from './event.ts';
import { accountId, appId, webhookId } from './ids.ts';
import { pageFields, pageSchema } from './paging.ts';

export const searchKind = z
  .enum(['value', 'event', 'delivery', 'webhook', 'app', 'account', 'key', 'replay'])
  .describe(
    'What a hit is.\n' +
      '- `value`: A value of searchable fields in the payloads of events, such as a user name.\n' +
      '- All others: An object of that kind.',
  );
export type SearchKind = z.output<typeof searchKind>;

/** Longest text that is searched for. Longer values of payloads are not indexed. */
const searchText = z.string().trim().min(1).max(200);

export const searchInput = z
  .strictObject({
    query: searchText.describe(
      'An id, a value in a payload, the start of a word of a name or a description, a host or a URL.',
    ),
    limit: z.int().min(1).max(20).default(5).describe('Hits of each kind, 1 to 20.'),
  })
  .describe('Input of `search.find`.');
export type SearchInput = z.output<typeof searchInput>;

export const searchHit = z
  .object({
    kind: searchKind,
    id: z.string().describe('Id of the object. For a value: the value.'),
    title: z.string().describe('What the object is called.'),
    subtitle: z.string().describe('More about it. May be empty.'),
    accountId: z.string().describe('The account that it belongs to. For an account: its own id.'),
    accountName: z
      .string()
      .nullable()
      .describe('Name of the account. Null unless the caller is the operator.'),
    appId: z
      .string()
      .nullable()
      .describe('The app that it belongs to. Null if it belongs to no app, or several.'),
    webhookId: z.string().nullable().describe('The webhook of a delivery or a replay. Null for all others.'),
    at: z.iso
      .datetime()
      .nullable()
      .describe('When the object was created. For a value: when its newest event was accepted.'),
  })
  .describe('An object that the search found.');
export type SearchHit = z.output<typeof searchHit>;

export const searchResult = z
  .object({
    groups: z
      .array(
        z.object({
          kind: searchKind,
          hits: z.array(searchHit).describe('The hits, at most `limit`.'),
          hasMore: z.boolean().describe('Whether there are more hits than these.'),
        }),
      )
      .describe('The kinds with hits, the most exact first.'),
    searched: z.array(searchKind).describe('The kinds that the caller may search.'),
    unavailable: z
      .array(searchKind)
      .describe('Kinds that could not be searched for now, for example because their index is being built.'),
  })
  .describe('Result of `search.find`.');
export type SearchResult = z.output<typeof searchResult>;

/** Events of a page of a timeline. Each comes with its verdicts, so pages are short. */
const timelineLimit = z.int().min(1).max(25).default(10).describe('Page size, 1 to 25.');

export const timelineInput = z
  .strictObject({
    value: searchText
      .optional()
      .describe('Only events with this value in a searchable field. Upper and lower case are the same.'),
    accountId: accountId
      .optional()
      .describe('Only events of this account. Default: all accounts that the caller may see.'),
    appId: appId.optional().describe('Only events of this app.'),
    webhookId: webhookId
      .optional()
      .describe('Only events of the app of this webhook, with its verdicts alone.'),
    ...pageFields,
    limit: timelineLimit,
  })
  .describe('Input of `search.timeline`. Needs a `value`, an `appId` or a `webhookId`.');
export type TimelineInput = z.output<typeof timelineInput>;

export const timelineItem = eventExplanation
  .extend({
    accountId: z.string().describe('The account of the app.'),
    fields: z.array(z.string()).describe('The fields of `data` that have the value. Empty without a value.'),
  })
  .describe('An event of a timeline, with a verdict for each webhook.');
export type TimelineItem = z.output<typeof timelineItem>;

export const timelinePage = pageSchema(timelineItem)
  .extend({
    accounts: z
      .array(
        z.object({
          id: z.string().describe('Id of the account.'),
          name: z
            .string()
            .nullable()
            .describe('Name of the account. Null unless the caller is the operator.'),
        }),
      )
      .describe('The accounts that have events with the value, at most 20. Empty without a value.'),
    isCapped: z.boolean().describe('True if more accounts have the value. Name one to see its events.'),
  })
  .describe('A page of `search.timeline`: events, newest first.');
export type TimelinePage = z.output<typeof timelinePage>;

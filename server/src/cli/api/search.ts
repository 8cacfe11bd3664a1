import { searchInput, timelineInput, type SearchHit, type TimelineItem } from '@tocsin/shared';
import { TableWriter, type Column } from '../output/table.ts';
import { toShortTime } from '../output/time.ts';
import { defineCall } from './define-call.ts';

const hitColumns: readonly Column<
  Pick<SearchHit, 'kind' | 'id' | 'title' | 'subtitle' | 'accountId' | 'at'>
>[] = [
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ title }) => title },
  { title: 'MORE', value: ({ id, subtitle }) => (subtitle === id ? null : subtitle), canCut: true },
  { title: 'ACCOUNT', value: ({ accountId }) => accountId },
  { title: 'AT', value: ({ at }) => toShortTime(at) },
];

export const search = defineCall({
  details:
    'Finds ids, values of searchable fields in payloads, the start of words of names and descriptions, hosts and URLs.\n' +
    'A value, such as a user name, is found as a whole; tocsin timeline lists its events.',
  examples: ['alice', 'hooks.acme.example', 'wh_0a1b2c3d4e5f'],
  input: searchInput,
  operand: { field: 'query', summary: 'what to search for' },
  call: async (client, input) => await client.search.find.query(input),
  notes: ({ groups, unavailable }) => [
    ...groups.flatMap(({ kind, hasMore }) => (hasMore ? [`there are more hits of the kind ${kind}`] : [])),
    ...(unavailable.length === 0
      ? []
      : [`not searched, because the database is not ready: ${unavailable.join(', ')}`]),
  ],
  text: ({ groups, searched }, { terminal }) =>
    groups.length === 0
      ? `nothing found; searched: ${searched.join(', ')}`
      : new TableWriter(hitColumns, terminal.columns).render(groups.flatMap(({ hits }) => hits)),
});

const verdictColumns: readonly Column<TimelineItem['verdicts'][number]>[] = [
  { title: '  WEBHOOK', value: ({ webhookId }) => `  ${webhookId}` },
  { title: 'VERDICT', value: ({ verdict }) => verdict },
  { title: 'WHY', value: ({ message }) => message },
];

export const timeline = defineCall({
  details:
    'Prints the events with a value in a searchable field, the newest first, and why each webhook got them or not.',
  examples: ['alice', 'usr_abc123 --app app_shop --limit 25'],
  input: timelineInput,
  operand: { field: 'value', summary: 'value of a searchable field, such as a user name or a license key' },
  call: async (client, { cursor, ...input }) =>
    await client.search.timeline.query({ ...input, cursor: cursor ?? undefined }),
  notes: ({ nextCursor, isCapped }) => [
    ...(isCapped ? ['more accounts have the value: add --account'] : []),
    ...(nextCursor === null ? [] : [`there are more: add --cursor ${nextCursor}`]),
  ],
  text: ({ items }) => (items.length === 0 ? 'no events' : items.map(toText).join('\n\n')),
});

function toText({ event, verdicts, fields }: TimelineItem): string {
  const by = fields.length === 0 ? '' : ` (${fields.join(', ')})`;
  const head = `${event.createdAt} ${event.event}${by} ${event.id} of ${event.appId}`;
  // The sentences are the answer, so they are not cut.
  return verdicts.length === 0
    ? `${head}\n  the app has no webhooks`
    : `${head}\n${new TableWriter(verdictColumns, undefined).render(verdicts)}`;
}

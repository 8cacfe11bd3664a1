import {
  deleteFeedConsumerInput,
  feedCommitInput,
  feedConsumersInput,
  feedReadInput,
  type FeedConsumerView,
} from '@tocsin/shared';
import { toCount } from '../count.ts';
import { TableWriter, type Column } from '../output/table.ts';
import { toShortTime } from '../output/time.ts';
import { defineCall } from './define-call.ts';

interface ReadEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly timestamp: string;
}

const eventColumns: readonly Column<ReadEvent>[] = [
  { title: 'ID', value: ({ id }) => id ?? null },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'HAPPENED', value: ({ timestamp }) => toShortTime(timestamp) },
];

export const feedRead = defineCall({
  details:
    'The events of an app in the order of their commits. Moves no consumer. Standard error has the cursor for --after.\n' +
    'With --json, the page with the data of its events.',
  examples: ['--app app_shop', '--app app_shop --consumer billing --type invoice.* --json'],
  input: feedReadInput,
  call: async (client, { appId, types = ['*'], ...input }) => {
    const page = await client.feed(appId).read({ ...input, types });
    // An event of a type that is not in the catalog of the client has its name elsewhere.
    const items = page.items.map(({ id, timestamp, cursor, data, ...event }) => {
      return { id, type: 'eventType' in event ? event.eventType : event.type, timestamp, data, cursor };
    });
    return { ...page, items };
  },
  notes: ({ items, cursor, hasMore }) => [
    `${toCount(items.length, 'event')}; ${hasMore ? 'there are more' : 'read to the end'}: --after ${cursor}`,
  ],
  text: ({ items }, { terminal }) =>
    items.length === 0 ? 'no events' : new TableWriter(eventColumns, terminal.columns).render(items),
});

export const feedCommit = defineCall({
  details:
    'Creates the consumer, or moves it back or ahead. A process that runs it meanwhile ends with CONFLICT at its next\n' +
    'commit, so stop it first.',
  examples: ['--app app_shop --consumer billing --cursor 0000000068f1c2a40000000100000000'],
  input: feedCommitInput,
  // The client replaces the cursor that it finds.
  without: ['expectedCursor'],
  question: ({ appId, consumer }) => `Move the consumer ${consumer} of ${appId}?`,
  call: async (client, { appId, consumer, cursor }) => {
    await client
      .feed(appId)
      .consumer(consumer, { types: ['*'], commit: 'manual' })
      .commit(cursor);
    return { consumer, cursor };
  },
  text: ({ consumer, cursor }) => `${consumer} continues after ${cursor}`,
});

const consumerColumns: readonly Column<FeedConsumerView>[] = [
  { title: 'CONSUMER', value: ({ consumer }) => consumer },
  { title: 'READ TO', value: ({ readTo }) => toShortTime(readTo) },
  { title: 'MOVED', value: ({ updatedAt }) => toShortTime(updatedAt) },
  { title: 'CURSOR', value: ({ cursor }) => cursor, canCut: true },
];

export const feedConsumers = defineCall({
  details: 'The consumers of an app, and until when each has read the feed.',
  examples: ['--app app_shop'],
  input: feedConsumersInput,
  call: async (client, { appId }) => ({ items: await client.feed(appId).consumers() }),
  text: ({ items }, { terminal }) =>
    items.length === 0 ? 'no consumers' : new TableWriter(consumerColumns, terminal.columns).render(items),
});

export const feedDeleteConsumer = defineCall({
  details: 'Deletes the stored cursor. A process that runs the consumer starts over.',
  examples: ['--app app_shop --consumer billing --yes'],
  input: deleteFeedConsumerInput,
  question: ({ appId, consumer }) => `Delete the consumer ${consumer} of ${appId} and its position?`,
  call: async (client, { appId, consumer }) => {
    await client.feed(appId).deleteConsumer(consumer);
    return { consumer, deleted: true };
  },
  text: ({ consumer }) => `deleted ${consumer}`,
});

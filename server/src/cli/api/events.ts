import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { listEventsInput, publishInput } from '@tocsin/shared';
import { UsageError, type Context } from '../command.ts';
import { toCount } from '../count.ts';
import { TableWriter, type Column } from '../output/table.ts';
import { toShortTime } from '../output/time.ts';
import { eventById } from './by-id.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const operand = { field: 'id', summary: 'id of the event, evt_...' };

export const eventsList = defineList({
  details: 'The newest first.',
  examples: ['--app app_shop', '--type license.revoked --since 2026-11-24T00:00:00Z --all --json'],
  input: listEventsInput,
  page: async (client, input) => await client.events.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'TYPE', value: ({ event }) => event },
    { title: 'APP', value: ({ appId }) => appId },
    { title: 'ACCEPTED', value: ({ createdAt }) => toShortTime(createdAt) },
    { title: 'DELIVERIES', value: ({ deliveries }) => deliveries },
  ],
  empty: 'no events',
});

export const eventsGet = defineCall({
  examples: ['evt_01jz8q4m7v0c3h5k6n8r9s2t00'],
  input: eventById,
  operand,
  call: async (client, input) => await client.events.get.query(input),
});

export const eventsPublish = defineCall({
  details: 'Prints the id of the event.',
  examples: [
    `--app app_shop --type license.revoked --data '{"licenseKey":"ABCD-1234","status":"revoked"}'`,
    '--app app_shop --type license.revoked --data @license.json',
    'echo \'{"licenseKey":"ABCD-1234","status":"revoked"}\' | tocsin events publish --app app_shop --type license.revoked --data -',
  ],
  input: publishInput,
  // The client has no versions of events.
  without: ['data', 'version'],
  extra: {
    options: {
      data: {
        type: 'string',
        value: 'json',
        summary: 'payload: JSON, @ and a file with JSON, or - for standard input (required)',
      },
    },
    toFields: async ({ data }, context) =>
      data === undefined ? {} : { data: await readData(String(data), context) },
  },
  call: async (client, { event, data, ...fields }) => await client.publish(event, { ...fields, data }),
  notes: ({ deliveries }) => [`accepted; ${toCount(deliveries, 'delivery', 'deliveries')}`],
  text: ({ id }) => id,
});

const verdictColumns: readonly Column<{
  readonly webhookId: string;
  readonly verdict: string;
  readonly attemptCount: number;
  readonly deliveryId: string | null;
  readonly message: string;
}>[] = [
  { title: 'WEBHOOK', value: ({ webhookId }) => webhookId },
  { title: 'VERDICT', value: ({ verdict }) => verdict },
  { title: 'ATTEMPTS', value: ({ attemptCount }) => attemptCount },
  { title: 'DELIVERY', value: ({ deliveryId }) => deliveryId },
  { title: 'WHY', value: ({ message }) => message },
];

export const eventsExplain = defineCall({
  details: 'Says for each webhook of the app what happened to the event, and why.',
  examples: ['evt_01jz8q4m7v0c3h5k6n8r9s2t00'],
  input: eventById,
  operand,
  call: async (client, input) => await client.events.explain.query(input),
  text: ({ event, verdicts }) => {
    const head = `${event.id} ${event.event} of ${event.appId}, accepted ${event.createdAt}`;
    // The sentences are the answer, so they are not cut.
    const table = new TableWriter(verdictColumns, undefined);
    return verdicts.length === 0 ? `${head}\nthe app has no webhooks` : `${head}\n${table.render(verdicts)}`;
  },
});

async function readData(text: string, { terminal }: Context): Promise<unknown> {
  const json =
    text === '-'
      ? await terminal.readInput()
      : text.startsWith('@')
        ? await readFileText(text.slice(1))
        : text;
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    // Without the text around the error, which is a part of the payload.
    const [where = ''] = /at position \d+( \(line \d+ column \d+\))?/.exec(String(error)) ?? [];
    throw new UsageError(`--data: is not valid JSON${where === '' ? '' : `, ${where}`}`);
  }
}

async function readFileText(path: string): Promise<string> {
  try {
    return await readFile(resolve(path), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--data: cannot read ${path} (${code})`);
  }
}

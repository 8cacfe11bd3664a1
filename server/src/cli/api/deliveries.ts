import {
  cancelInput,
  cancelManyInput,
  listDeliveriesInput,
  listReplaysInput,
  resendInput,
  retryInput,
  retryManyInput,
  type AttemptView,
  type ChangedDeliveries,
} from '@tocsin/shared';
import { toCount } from '../count.ts';
import { TableWriter, type Column } from '../output/table.ts';
import { toShortTime } from '../output/time.ts';
import { deliveryById, replayById } from './by-id.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const operand = { field: 'id', summary: 'id of the delivery, dlv_...' };

export const deliveriesList = defineList({
  details: 'The newest first.',
  examples: [
    '--app app_shop --status failed',
    '--webhook wh_0123456789ab --all --json',
    '--event-id evt_01jz8q4m7v0c3h5k6n8r9s2t00',
    '--status failed --host hooks.example.com --since 2026-07-01T00:00:00Z --cause timeout',
  ],
  input: listDeliveriesInput,
  page: async (client, input) => await client.deliveries.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'REASON', value: ({ reason }) => reason },
    { title: 'ATTEMPTS', value: ({ attemptCount }) => attemptCount },
    { title: 'LAST', value: ({ lastAttempt }) => lastAttempt?.statusCode ?? lastAttempt?.reason ?? null },
    { title: 'TYPE', value: ({ event }) => event },
    { title: 'WEBHOOK', value: ({ webhookId }) => webhookId },
    { title: 'CREATED', value: ({ createdAt }) => toShortTime(createdAt) },
    { title: 'NEXT ATTEMPT', value: ({ nextAttemptAt }) => toShortTime(nextAttemptAt) },
  ],
  empty: 'no deliveries',
});

export const deliveriesGet = defineCall({
  examples: ['dlv_01jz8q4m7v0c3h5k6n8r9s2t00', 'dlv_01jz8q4m7v0c3h5k6n8r9s2t00 --json'],
  input: deliveryById,
  operand,
  call: async (client, input) => await client.deliveries.get.query(input),
});

const attemptColumns: readonly Column<AttemptView>[] = [
  { title: 'AT', value: ({ at }) => at },
  { title: 'MS', value: ({ durationMs }) => Math.round(durationMs) },
  { title: 'STATUS', value: ({ statusCode }) => statusCode },
  { title: 'REASON', value: ({ reason }) => reason ?? 'success' },
  { title: 'REPLY', value: ({ reply }) => reply, canCut: true },
];

export const deliveriesAttempts = defineCall({
  details: 'The last 50 attempts, the oldest first. With --json, the delivery with its attempts.',
  examples: ['dlv_01jz8q4m7v0c3h5k6n8r9s2t00'],
  input: deliveryById,
  operand,
  call: async (client, input) => await client.deliveries.get.query(input),
  text: ({ attempts }, { terminal }) =>
    attempts.length === 0
      ? 'no attempts yet'
      : new TableWriter(attemptColumns, terminal.columns).render(attempts),
});

export const deliveriesRetry = defineCall({
  details: 'Makes the delivery due now.',
  examples: ['dlv_01jz8q4m7v0c3h5k6n8r9s2t00'],
  input: retryInput,
  operand,
  call: async (client, input) => await client.deliveries.retry.mutate(input),
  text: ({ id, status }) => `${id} is ${status}`,
});

export const deliveriesResend = defineCall({
  details:
    'Sends an event to a webhook of its app, also to one that is not subscribed to its type. Its other webhooks get\n' +
    'nothing.',
  examples: ['evt_01jz8q4m7v0c3h5k6n8r9s2t00 --webhook wh_0123456789ab'],
  input: resendInput,
  operand: { field: 'eventId', summary: 'id of the event, evt_...' },
  question: ({ eventId, webhookId }) => `Send ${eventId} to ${webhookId}?`,
  call: async (client, input) => await client.deliveries.resend.mutate(input),
  text: ({ id, status }) => `${id} is ${status}`,
});

export const deliveriesCancel = defineCall({
  details:
    'Selects pending deliveries of one webhook by all given filters. One call stops after a few seconds; run it again\n' +
    'while deliveries remain.',
  examples: ['--webhook wh_0123456789ab --dry-run', '--webhook wh_0123456789ab --type user.login --yes'],
  input: cancelInput,
  question: ({ webhookId, dryRun }) =>
    dryRun ? undefined : `Cancel the matching pending deliveries of ${webhookId}?`,
  call: async (client, input) => await client.deliveries.cancel.mutate(input),
  notes: ({ underWay, remaining }) => [
    ...(underWay > 0 ? [`${toCount(underWay, 'delivery', 'deliveries')} being sent and not cancelled`] : []),
    ...(remaining > 0 ? [`${toCount(remaining, 'delivery', 'deliveries')} left; run it again`] : []),
  ],
  text: ({ count }) => String(count),
});

const changedText = ({ changed, results }: ChangedDeliveries) =>
  [`${changed} of ${results.length}`, ...results.flatMap(({ message }) => message ?? [])].join('\n');

export const deliveriesRetryMany = defineCall({
  details: 'Makes the deliveries due now. Those that cannot be sent again are named.',
  examples: ['--delivery dlv_01jz8q4m7v0c3h5k6n8r9s2t00 --delivery dlv_01jz8q4m7v0c3h5k6n8r9s2t01'],
  input: retryManyInput,
  call: async (client, input) => await client.deliveries.retryMany.mutate(input),
  text: changedText,
});

export const deliveriesCancelMany = defineCall({
  details: 'Deliveries that ended, or whose first attempt is under way, are named.',
  examples: ['--delivery dlv_01jz8q4m7v0c3h5k6n8r9s2t00 --yes'],
  input: cancelManyInput,
  question: ({ ids }) => `Cancel ${toCount(ids.length, 'delivery', 'deliveries')}?`,
  call: async (client, input) => await client.deliveries.cancelMany.mutate(input),
  text: changedText,
});

export const deliveriesReplays = defineList({
  details: 'The newest first.',
  examples: ['', '--webhook wh_0123456789ab'],
  input: listReplaysInput,
  page: async (client, input) => await client.deliveries.replays.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'DONE', value: ({ done, total }) => `${done} of ${total}` },
    { title: 'WEBHOOK', value: ({ webhookId }) => webhookId },
    { title: 'STARTED', value: ({ createdAt }) => toShortTime(createdAt) },
    { title: 'FINISHED', value: ({ finishedAt }) => toShortTime(finishedAt) },
  ],
  empty: 'no replays',
});

export const deliveriesCancelReplay = defineCall({
  details: 'Deliveries that were queued already are still sent.',
  examples: ['rpl_01jz8q4m7v0c3h5k6n8r9s2t00'],
  input: replayById,
  operand: { field: 'id', summary: 'id of the replay, rpl_...' },
  call: async (client, input) => await client.deliveries.cancelReplay.mutate(input),
  text: ({ id, status, done, total }) => `${id} is ${status}: ${done} of ${total} deliveries queued`,
});

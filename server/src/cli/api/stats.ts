import { statsInput, type SystemStats } from '@tocsin/shared';
import { toCount } from '../count.ts';
import { TableWriter, type Column } from '../output/table.ts';
import { toShortTime } from '../output/time.ts';
import { defineCall } from './define-call.ts';

type FailingWebhook = SystemStats['failingWebhooks'][number];

const columns: readonly Column<FailingWebhook>[] = [
  { title: 'FAILING WEBHOOK', value: ({ id }) => id },
  { title: 'APP', value: ({ appId }) => appId },
  { title: 'STATE', value: ({ health }) => health.state },
  { title: 'IN A ROW', value: ({ health }) => health.failuresInARow },
  { title: 'REASON', value: ({ health }) => health.lastFailureReason },
  { title: 'SINCE', value: ({ health }) => toShortTime(health.failingSince) },
  { title: 'URL', value: ({ url }) => url, canCut: true },
];

export const stats = defineCall({
  details: 'Counts over the last hours, the queue, and the failing webhooks.',
  examples: ['', '--app app_shop --hours 168'],
  input: statsInput,
  call: async (client, input) => await client.system.stats.query(input),
  text: (result, { terminal }) =>
    [
      ...toLines(result),
      ...(result.failingWebhooks.length === 0
        ? ['no webhook is failing']
        : [new TableWriter(columns, terminal.columns).render(result.failingWebhooks)]),
    ].join('\n'),
});

function toLines({
  totals,
  successRate,
  attemptSuccessRate,
  latencyMs,
  queue,
  delivery,
  indexes,
  outcomes,
  webhooks,
}: SystemStats): string[] {
  const least = queue.isCapped ? 'at least ' : '';
  return [
    `${totals.accepted} events accepted`,
    `${totals.delivered} delivered, ${totals.failed} failed, ${totals.pending} pending, ${totals.cancelled} cancelled`,
    ...(successRate === null
      ? []
      : [`${(100 * successRate).toFixed(1)} % of the finished deliveries succeeded`]),
    ...(attemptSuccessRate === null
      ? []
      : [
          `${(100 * attemptSuccessRate).toFixed(1)} % of ${toCount(totals.attempts, 'attempt', 'attempts')} succeeded`,
        ]),
    `of these events: ${outcomes.delivered} of ${toCount(outcomes.deliveries, 'delivery', 'deliveries')} delivered, ` +
      `${outcomes.waiting} waiting, ${outcomes.failed} failed, ${outcomes.cancelled} cancelled`,
    `webhooks: ${webhooks.failing} failing, ${webhooks.paused} paused, ${webhooks.disabled} disabled, ` +
      `${webhooks.disabledByPlatform} of them by the server`,
    ...(latencyMs === null ? [] : [`latency ${latencyMs.p50} ms (p50), ${latencyMs.p99} ms (p99)`]),
    `queue: ${least}${queue.pending} pending, ${queue.dueNow} due now` +
      (queue.oldestDueAt === null ? '' : `, the oldest since ${toShortTime(queue.oldestDueAt)}`),
    ...(delivery === 'ok' ? [] : [`this process does not send: ${delivery}`]),
    ...(indexes.length === 0 ? [] : [`${toCount(indexes.length, 'index', 'indexes')} not ready`]),
  ];
}

import type { OutboxContent } from './outbox-store.ts';
import type { RelayCounts } from './relay-options.ts';

/** What the metrics show. */
interface MeasuredOutbox extends OutboxContent {
  /** Undefined if this process runs no relay. */
  readonly relay: RelayCounts | undefined;
}

/** Labels of all metrics of one outbox, such as `{ service: 'shop' }`. */
export type MetricLabels = Readonly<Record<string, string>>;

/** One metric: its name without the prefix, its type, what it means, and its value for each further label. */
type Metric = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  values: readonly (readonly [value: number, label?: MetricLabels])[],
];

const relayStates = ['active', 'held', 'standby'] as const;

/**
 * Returns the text that Prometheus scrapes (text format 0.0.4).
 *
 * @throws TypeError if a label has no valid name
 */
export function toMetricsText(stats: MeasuredOutbox, labels: MetricLabels, nowMs: number): string {
  for (const name of Object.keys(labels)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      throw new TypeError(`labels: ${JSON.stringify(name)} is no name of a label; use letters, digits and _`);
    }
  }
  const lines = listMetrics(stats, nowMs).flatMap(([name, type, help, values]) => [
    `# HELP tocsin_outbox_${name} ${help}`,
    `# TYPE tocsin_outbox_${name} ${type}`,
    ...values.map(([value, more]) => `tocsin_outbox_${name}${toLabelText({ ...labels, ...more })} ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}

function listMetrics(
  { pending, oldestPendingAt, setAside, relay }: MeasuredOutbox,
  nowMs: number,
): readonly Metric[] {
  const waitedMs = oldestPendingAt === undefined ? 0 : Math.max(0, nowMs - oldestPendingAt.getTime());
  const ofOutbox: readonly Metric[] = [
    ['pending', 'gauge', 'Committed events that are not published yet.', [[pending]]],
    ['oldest_pending_seconds', 'gauge', 'How long the oldest of them has waited.', [[waitedMs / 1000]]],
    ['set_aside', 'gauge', 'Events that the server refused for good.', [[setAside]]],
  ];
  if (relay === undefined) return ofOutbox;
  const { state, published, setAside: refused, failures } = relay;
  return [
    ...ofOutbox,
    [
      'relay_state',
      'gauge',
      '1 for the state of the relay of this process, 0 for the others.',
      relayStates.map((name) => [name === state ? 1 : 0, { state: name }] as const),
    ],
    ['published_total', 'counter', 'Events that this process has published.', [[published]]],
    ['refused_total', 'counter', 'Events that this process has set aside.', [[refused]]],
    ['failures_total', 'counter', 'Attempts of this process after which events wait.', [[failures]]],
  ];
}

function toLabelText(labels: MetricLabels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${name}="${escaped}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

import type { EventComparison, EventVerdict } from '../catalog/compare-catalogs.ts';
import { toCount } from './count.ts';

/** A webhook that receives an event type. */
export interface AffectedWebhook {
  readonly id: string;
  readonly appId: string;
  readonly enabled: boolean;
  /** The entry of its `events` that selects the event type. */
  readonly pattern: string;
}

/** The result for one event type, as `--json` prints it. */
export interface CheckedEvent extends EventComparison {
  /** Webhooks that a change for receivers reaches. Null if no server was asked. */
  readonly webhooks: readonly AffectedWebhook[] | null;
}

/** Writes the results as lines: each event type, its differences and the webhooks that it reaches. */
export function toReport(events: readonly CheckedEvent[]): string {
  const lines = events.flatMap((event) => [
    toHeadline(event),
    ...event.differences.map(({ path, rule, message }) => `  ${path}: ${message} (${rule})`),
    ...(event.webhooks ?? []).map(toWebhookLine),
  ]);
  return [...lines, toSummary(events)].join('\n');
}

function toHeadline({
  type,
  verdict,
  version,
  versionBefore,
  isBreakingForReceivers,
  isBreakingForPublishers,
}: CheckedEvent): string {
  const sides = [
    ...(isBreakingForReceivers ? ['receivers'] : []),
    ...(isBreakingForPublishers ? ['publishers'] : []),
  ].join(' and ');
  switch (verdict) {
    case 'new version': {
      const from = `version ${version} after ${versionBefore}`;
      return `${type}: ${from}, ${sides === '' ? 'compatible' : `breaking for ${sides} that use version ${versionBefore}`}`;
    }
    case 'breaking':
      return `${type}: breaking for ${sides}`;
    case 'removed':
      return `${type}: removed, breaking for ${sides}`;
    default:
      return `${type}: ${verdict}`;
  }
}

function toWebhookLine({ id, appId, enabled, pattern }: AffectedWebhook): string {
  return `  webhook ${id} of app ${appId} receives it through ${JSON.stringify(pattern)}${enabled ? '' : ' (disabled)'}`;
}

function toSummary(events: readonly CheckedEvent[]): string {
  const count = (...verdicts: readonly EventVerdict[]): number =>
    events.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const parts = [
    [count('breaking', 'removed'), 'breaking'],
    [count('new version'), 'with a new version'],
    [count('compatible'), 'changed and compatible'],
    [count('new'), 'new'],
    [count('unchanged'), 'unchanged'],
  ] as const;
  const some = parts.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`);
  return `${toCount(events.length, 'event type')}: ${some.length === 0 ? 'none' : some.join(', ')}`;
}

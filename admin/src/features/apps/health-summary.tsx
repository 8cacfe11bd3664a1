import type { WebhookCounts } from '@tocsin/shared';
import { Badge, type Tone } from '../../components/ui/badge.tsx';
import { formatCount, pluralize } from '../../lib/format.ts';
import { healthLabels } from '../../lib/labels.ts';

/** The states from the worst on. */
const states: readonly { readonly state: keyof WebhookCounts; readonly tone: Tone }[] = [
  { state: 'paused', tone: 'bad' },
  { state: 'failing', tone: 'warn' },
  { state: 'healthy', tone: 'ok' },
  { state: 'disabled', tone: 'idle' },
];

/** The numbers of an app's webhooks by their health, worst first. */
export function HealthSummary({
  counts,
}: {
  /** Undefined while they load. Null: too many to count. */
  readonly counts: WebhookCounts | null | undefined;
}) {
  // Of one height in every state, so that the rows below stay where they are.
  if (counts === undefined) return <span aria-hidden className="shimmer block h-5.5 w-20" />;
  if (counts === null) return <span className="block h-5.5 leading-5.5 text-ink-2">more than 10,000</span>;
  const shown = states.filter(({ state }) => counts[state] > 0);
  if (shown.length === 0) return <span className="block h-5.5 leading-5.5 text-ink-3">none</span>;
  const sum = shown.reduce((all, { state }) => all + counts[state], 0);
  return (
    <span className="flex flex-wrap items-center gap-1.5 sm:flex-nowrap">
      {shown.map(({ state, tone }) => (
        <Badge key={state} tone={tone} dot>
          <span title={`${formatCount(counts[state])} ${healthLabels[state].toLowerCase()}`}>
            {formatCount(counts[state])}{' '}
            <span className="sm:max-xl:sr-only">{healthLabels[state].toLowerCase()}</span>
          </span>
        </Badge>
      ))}
      <span className="sr-only">of {pluralize(sum, 'webhook')}</span>
    </span>
  );
}

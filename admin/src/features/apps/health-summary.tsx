import type { WebhookView } from '@tocsin/shared';
import { Badge, type Tone } from '../../components/ui/badge.tsx';
import { pluralize } from '../../lib/format.ts';
import { toShownHealth } from '../../lib/webhook-health.ts';

const toneOrder: readonly Tone[] = ['bad', 'warn', 'ok', 'idle'];

/** Counts an app's webhooks by their health, worst first. */
export function HealthSummary({ webhooks }: { readonly webhooks: readonly WebhookView[] | undefined }) {
  if (webhooks === undefined) return <span aria-hidden className="shimmer inline-block h-5.5 w-20" />;
  if (webhooks.length === 0) return <span className="text-ink-3">none</span>;
  const counts = new Map<string, { readonly tone: Tone; count: number }>();
  for (const webhook of webhooks) {
    const { label, tone } = toShownHealth(webhook);
    const entry = counts.get(label) ?? { tone, count: 0 };
    entry.count++;
    counts.set(label, entry);
  }
  const sorted = [...counts].sort(([, a], [, b]) => toneOrder.indexOf(a.tone) - toneOrder.indexOf(b.tone));
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5 sm:flex-nowrap">
      {sorted.map(([label, { tone, count }]) => (
        <Badge key={label} tone={tone} dot>
          {count} {label.toLowerCase()}
        </Badge>
      ))}
      <span className="sr-only">of {pluralize(webhooks.length, 'webhook')}</span>
    </span>
  );
}

import type { WebhookView } from '@tocsin/shared';
import { Badge } from '../../components/ui/badge.tsx';
import { pluralize } from '../../lib/format.ts';

/** Counts an app's webhooks by state, worst first. */
export function HealthSummary({ webhooks }: { readonly webhooks: readonly WebhookView[] | undefined }) {
  if (webhooks === undefined) return <span aria-hidden className="shimmer inline-block h-4 w-20" />;
  if (webhooks.length === 0) return <span className="text-ink-3">none</span>;
  const counts = { paused: 0, failing: 0, healthy: 0, disabled: 0 };
  for (const webhook of webhooks) counts[webhook.health.state]++;
  return (
    <span className="inline-flex items-center gap-1.5">
      {counts.paused > 0 && (
        <Badge tone="bad" dot>
          {counts.paused} paused
        </Badge>
      )}
      {counts.failing > 0 && (
        <Badge tone="warn" dot>
          {counts.failing} failing
        </Badge>
      )}
      {counts.healthy > 0 && (
        <Badge tone="ok" dot>
          {counts.healthy} healthy
        </Badge>
      )}
      {counts.disabled > 0 && (
        <span className="inline-flex max-sm:hidden">
          <Badge tone="idle" dot>
            {counts.disabled} disabled
          </Badge>
        </span>
      )}
      <span className="sr-only">of {pluralize(webhooks.length, 'webhook')}</span>
    </span>
  );
}

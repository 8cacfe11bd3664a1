import type { WebhookView } from '@tocsin/shared';
import { toShownHealth, type DayOfRequests } from '../../lib/webhook-health.ts';
import { Badge } from '../ui/badge.tsx';

/** The health of a webhook, with what the label leaves out. */
export function EndpointHealthBadge({
  webhook,
  day,
}: {
  readonly webhook: Pick<WebhookView, 'health' | 'disabledReason'>;
  /** Its requests of the last day, where they are known. */
  readonly day?: DayOfRequests | undefined;
}) {
  const { label, tone, detail } = toShownHealth(webhook, day);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-0.5">
      <Badge tone={tone} dot>
        {label}
      </Badge>
      {detail !== undefined && (
        <span className="text-xs font-normal tracking-normal text-ink-3">{detail}</span>
      )}
    </span>
  );
}

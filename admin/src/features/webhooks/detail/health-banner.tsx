import type { DeliveryView, WebhookView } from '@tocsin/shared';
import { Banner } from '../../../components/ui/banner.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { pluralize } from '../../../lib/format.ts';
import { toShownHealth } from '../../../lib/webhook-health.ts';
import { disabledReasonLabels, toReasonLabel } from '../../../lib/labels.ts';

/** Why a webhook is not healthy, and since when. */
export function HealthBanner({
  webhook,
  latest,
}: {
  readonly webhook: WebhookView;
  /** Its latest deliveries. Undefined: they are not known. */
  readonly latest: readonly DeliveryView[] | undefined;
}) {
  const { health, disabledReason } = webhook;
  if (health.state === 'healthy') return <HealthyBanner webhook={webhook} latest={latest} />;
  return (
    <Banner tone={disabledReason === 'by_user' ? 'idle' : 'bad'}>
      {disabledReason !== null && `${disabledReasonLabels[disabledReason]}. `}
      {health.state === 'paused' &&
        'Paused after repeated failures: only probe requests are sent, and all other deliveries stay queued. '}
      {health.failuresInARow > 0 && (
        <>
          {pluralize(health.failuresInARow, 'failed attempt')} in a row
          {health.failingSince !== null && (
            <>
              , the first <Time at={health.failingSince} />
            </>
          )}
          .{' '}
        </>
      )}
      {health.lastFailureReason !== null && `${toReasonLabel(health.lastFailureReason)}.`}
    </Banner>
  );
}

/** What is wrong with a webhook whose last attempt did not fail. Renders nothing if that is nothing. */
function HealthyBanner({
  webhook,
  latest = [],
}: {
  readonly webhook: WebhookView;
  readonly latest: readonly DeliveryView[] | undefined;
}) {
  const { tone, detail } = toShownHealth(webhook, latest);
  const pending = latest.filter(({ status }) => status === 'pending').length;
  if (webhook.health.lastSuccessAt === null && pending > 0) {
    return (
      <Banner tone="warn">
        The endpoint has not responded yet, and {pluralize(pending, 'delivery is', 'deliveries are')} pending.
        Send a test ping to check it.
      </Banner>
    );
  }
  if (tone !== 'warn') return null;
  return <Banner tone="warn">The last attempt succeeded, but {detail} in the latest deliveries.</Banner>;
}

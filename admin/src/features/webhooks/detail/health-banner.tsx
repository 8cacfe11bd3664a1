import type { WebhookView } from '@tocsin/shared';
import { Banner } from '../../../components/ui/banner.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { pluralize } from '../../../lib/format.ts';
import { disabledReasonLabels, toReasonLabel } from '../../../lib/labels.ts';

/** Why a webhook is not healthy, and since when. */
export function HealthBanner({ webhook: { health, disabledReason } }: { readonly webhook: WebhookView }) {
  if (health.state === 'healthy') return null;
  return (
    <Banner tone={health.state === 'disabled' ? 'idle' : 'bad'}>
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

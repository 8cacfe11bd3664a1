import { disabledReasonLabels, toReasonLabel, type WebhookView } from '@tocsin/shared';
import { LifeBuoy, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Banner } from '../../../components/ui/banner.tsx';
import { Button } from '../../../components/ui/button.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { pluralize } from '../../../lib/format.ts';
import { toShownHealth, type DayOfRequests } from '../../../lib/webhook-health.ts';
import { toDeliveriesHref } from '../deliveries-href.ts';
import type { Resume } from './use-resume.ts';

interface HealthBannerProps {
  readonly webhook: WebhookView;
  /** Its requests of the last day. Undefined: they are not known. */
  readonly day: DayOfRequests | undefined;
  /** Deliveries that wait for an attempt. */
  readonly waiting: number;
  /** Undefined: the caller may not change the webhook. */
  readonly actions: { readonly resume: Resume; readonly onRecover: () => void } | undefined;
}

/** Why a webhook is not healthy, since when, and what to do. Renders nothing if nothing is wrong. */
export function HealthBanner(props: HealthBannerProps) {
  const { webhook, actions } = props;
  const { health, disabledReason } = webhook;
  if (health.state === 'healthy') return <HealthyBanner {...props} />;
  return (
    <Banner tone={disabledReason === 'by_user' ? 'idle' : 'bad'}>
      {disabledReason !== null && `${disabledReasonLabels[disabledReason]}. `}
      {health.state === 'paused' &&
        'Paused after repeated failures: only probe requests are sent, and all other deliveries wait. '}
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
      {health.lastFailureReason !== null && `${toReasonLabel(health.lastFailureReason)}. `}
      <WaitingText {...props} />
      {actions !== undefined && (
        <BannerActions>
          {health.state === 'paused' && (
            <Button
              size="small"
              icon={<Play aria-hidden className="size-4" />}
              loading={actions.resume.isPending}
              title="Tests the endpoint. If it responds, everything that waits is sent."
              onClick={() => actions.resume.mutate()}
            >
              Resume
            </Button>
          )}
          <RecoverButton onRecover={actions.onRecover} />
        </BannerActions>
      )}
    </Banner>
  );
}

/** What is wrong with a webhook whose last attempt did not fail. Renders nothing if that is nothing. */
function HealthyBanner(props: HealthBannerProps) {
  const { webhook, day, waiting, actions } = props;
  const { tone, detail } = toShownHealth(webhook, day);
  const isUntested = webhook.health.lastSuccessAt === null;
  if (!isUntested && tone !== 'warn' && waiting === 0) return null;
  if (isUntested && waiting === 0) return null;
  return (
    <Banner tone="warn">
      {isUntested && 'The endpoint has not responded since the webhook was created or changed. '}
      {!isUntested && tone === 'warn' && `The last attempt succeeded, but ${detail ?? ''}. `}
      <WaitingText {...props} />
      {actions !== undefined && waiting > 0 && (
        <BannerActions>
          <RecoverButton onRecover={actions.onRecover} />
        </BannerActions>
      )}
    </Banner>
  );
}

function WaitingText({ webhook: { id }, waiting }: HealthBannerProps) {
  if (waiting === 0) return null;
  return (
    <>
      <Link href={toDeliveriesHref(id, { status: 'pending' })} className="font-medium underline">
        {pluralize(waiting, 'delivery', 'deliveries')}
      </Link>{' '}
      {waiting === 1 ? 'waits' : 'wait'} to be sent.
    </>
  );
}

/** Spans, because a banner is a paragraph. */
function BannerActions({ children }: { readonly children: ReactNode }) {
  return <span className="mt-2.5 flex flex-wrap gap-2">{children}</span>;
}

function RecoverButton({ onRecover }: { readonly onRecover: () => void }) {
  return (
    <Button size="small" icon={<LifeBuoy aria-hidden className="size-4" />} onClick={onRecover}>
      Recover step by step
    </Button>
  );
}

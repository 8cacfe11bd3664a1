import { useQuery } from '@tanstack/react-query';
import type { WebhookBacklog, WebhookView } from '@tocsin/shared';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { LoadFallback } from '../../../components/ui/load-fallback.tsx';
import { useCan } from '../../../lib/session.ts';
import { trpc } from '../../../lib/trpc.ts';
import type { ToggleWebhook } from '../detail/use-toggle-webhook.ts';
import { RecoveryStep } from './recovery-step.tsx';
import { SendStep } from './send-step.tsx';
import { TestStep, useRecoveryTest } from './test-step.tsx';
import type { Recovery } from './use-recovery.ts';
import { WatchStep } from './watch-step.tsx';

/** Leads through a recovery: test the endpoint, send what it missed, watch it. Needs `webhooks:write`. */
export function RecoveryPanel({
  webhook,
  recovery,
  toggle,
}: {
  readonly webhook: WebhookView;
  readonly recovery: Recovery;
  readonly toggle: ToggleWebhook;
}) {
  const can = useCan();
  const { id } = webhook;
  const canCount = can('deliveries:read');
  const test = useRecoveryTest(id, recovery.testedId, recovery.setTested);
  const isSent = recovery.sent !== undefined;
  const backlog = useQuery(
    trpc.webhooks.backlog.queryOptions(
      { id },
      { enabled: canCount, refetchInterval: isSent ? 1_000 : 3_000 },
    ),
  );
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => frame.current?.scrollIntoView({ block: 'nearest' }), []);
  const isTested = test.result?.delivered === true;
  return (
    <div ref={frame} className="scroll-mt-20">
      <Card
        title="Recover this webhook"
        flush
        actions={
          <IconButton label="Close recovery" onClick={recovery.close}>
            <X aria-hidden className="size-4" />
          </IconButton>
        }
      >
        <ol>
          <RecoveryStep number={1} title="Test the endpoint" state={isTested ? 'done' : 'current'}>
            <TestStep webhook={webhook} test={test} toggle={toggle} />
          </RecoveryStep>
          <RecoveryStep
            number={2}
            title="Send what it missed"
            state={isSent ? 'done' : isTested ? 'current' : 'later'}
          >
            <SendStepOrState webhook={webhook} backlog={backlog} recovery={recovery} isReady={isTested} />
          </RecoveryStep>
          <RecoveryStep number={3} title="Watch" state={isSent ? 'current' : 'later'}>
            {isSent && backlog.data !== undefined ? (
              <WatchStep
                webhook={webhook}
                backlog={backlog.data}
                sent={recovery.sent ?? 0}
                replayId={recovery.replayId}
              />
            ) : (
              <p className="text-[0.9rem] text-ink-3">Shows how many are left, until none is.</p>
            )}
          </RecoveryStep>
        </ol>
      </Card>
    </div>
  );
}

/** Step 2 in its states: not allowed, loading, failed, to do and done. */
function SendStepOrState({
  webhook,
  backlog,
  recovery,
  isReady,
}: {
  readonly webhook: WebhookView;
  readonly backlog: {
    readonly data: WebhookBacklog | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly recovery: Recovery;
  readonly isReady: boolean;
}) {
  const can = useCan();
  if (!can('deliveries:read')) {
    return (
      <p className="text-[0.9rem] text-ink-2">
        Your key lacks the scope deliveries:read, so the deliveries cannot be counted.
      </p>
    );
  }
  if (backlog.data === undefined) {
    return <LoadFallback error={backlog.error} onRetry={() => void backlog.refetch()} className="h-24" />;
  }
  if (recovery.sent === undefined) {
    return <SendStep webhook={webhook} backlog={backlog.data} isReady={isReady} onSent={recovery.setSent} />;
  }
  return (
    <div className="flex flex-wrap items-center gap-3 text-[0.9rem] text-ink-2">
      Sent. Step 3 shows what became of it.
      <Button size="small" variant="ghost" onClick={recovery.open}>
        Start again
      </Button>
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { InlineError } from '../../components/notice.tsx';
import { count, counted, fromLocalInput, toLocalInput } from '../../lib/format.ts';
import { client, type Inputs } from '../../lib/trpc.ts';

export type Backlog = NonNullable<Inputs['webhooks']['update']['backlog']>;

/** What waits for a disabled webhook; also asked before it is decided whether there is anything to decide. */
export const countBacklog = async (webhookId: string, until?: string) =>
  (
    await client.deliveries.cancel.mutate({
      webhookId,
      dryRun: true,
      ...(until !== undefined && { until }),
    })
  ).count;

const dayMs = 86_400_000;

/** Asks what becomes of the deliveries that waited while a webhook was disabled. */
export function EnableDialog({
  webhookId,
  waiting,
  isBusy,
  error,
  onEnable,
  onClose,
}: {
  readonly webhookId: string;
  readonly waiting: number;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onEnable: (backlog: Backlog) => void;
  readonly onClose: () => void;
}) {
  const [choice, setChoice] = useState<'send' | 'cancel' | 'since'>('send');
  const [since, setSince] = useState(() => toLocalInput(new Date(Date.now() - dayMs)));
  const start = fromLocalInput(since);
  const older = useQuery({
    queryKey: ['backlog before', webhookId, start],
    queryFn: () => countBacklog(webhookId, start),
    enabled: choice === 'since' && start !== undefined,
  });
  const cancelled = choice === 'send' ? 0 : choice === 'cancel' ? waiting : older.data;
  const isReady = cancelled !== undefined && (choice !== 'since' || start !== undefined);
  return (
    <Dialog
      title="Enable this webhook?"
      description={
        <>
          <b className="font-semibold tabular-nums">{counted(waiting, 'delivery', 'deliveries')}</b> waited
          while it was disabled.
        </>
      }
      isOpen
      onClose={onClose}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onEnable(choice === 'since' ? { since: start ?? '' } : choice);
        }}
      >
        <Field label="What waited">
          {(ids) => (
            <select
              {...ids}
              className="field"
              value={choice}
              onChange={(event) => setChoice(event.target.value as typeof choice)}
            >
              <option value="send">Send all of it</option>
              <option value="since">Send what is younger than a time, cancel the rest</option>
              <option value="cancel">Cancel all of it</option>
            </select>
          )}
        </Field>
        {choice === 'since' && (
          <Field label="Send what came since">
            {(ids) => (
              <input
                {...ids}
                type="datetime-local"
                required
                className="field"
                value={since}
                onChange={(event) => setSince(event.target.value)}
              />
            )}
          </Field>
        )}
        <div role="status" className="min-h-6 text-[0.9333rem]">
          {older.error !== null ? (
            <InlineError error={older.error} />
          ) : cancelled === undefined ? (
            <span className="text-ink-3">Counting…</span>
          ) : (
            `${count(Math.max(0, waiting - cancelled))} will be sent, ${count(cancelled)} cancelled.`
          )}
        </div>
        <InlineError error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it disabled</Button>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={!isReady}>
            {cancelled !== undefined && cancelled > 0
              ? `Enable and cancel ${counted(cancelled, 'delivery', 'deliveries')}`
              : 'Enable and send'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

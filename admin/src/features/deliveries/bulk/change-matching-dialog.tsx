import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CountStatus } from '../../../components/ui/count-status.tsx';
import { FormDialog } from '../../../components/ui/form-dialog.tsx';
import { toast } from '../../../components/ui/toast.tsx';
import { pluralize } from '../../../lib/format.ts';
import { client, queryClient, trpc } from '../../../lib/trpc.ts';
import { useCallKey } from '../../../lib/use-call-key.ts';
import type { MatchingInput } from './matching-input.ts';

/** Replays or cancels all deliveries that match, after it has counted them. */
export function ChangeMatchingDialog({
  input: matching,
  onDone,
  onClose,
}: {
  readonly input: MatchingInput;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const withKey = useCallKey();
  // A replay that is repeated by a slip would send everything twice.
  const [now] = useState(() => new Date().toISOString());
  const until = matching.input.until ?? now;
  const count = useQuery({
    queryKey: ['matching deliveries', matching, until],
    // With `dryRun` the mutation only counts.
    queryFn: async () => await run(matching, { until, dryRun: true }),
    staleTime: 5_000,
  });
  const change = useMutation({
    mutationFn: async () => await run(matching, withKey({ until })),
    onSuccess: (changed) => {
      void queryClient.invalidateQueries(trpc.deliveries.pathFilter());
      const many = pluralize(changed, 'delivery', 'deliveries');
      toast(matching.kind === 'replay' ? `Replaying ${many}.` : `${many} cancelled.`);
      onDone();
      onClose();
    },
  });
  const number = count.data;
  const isAny = number !== undefined && number > 0;
  const verb = matching.kind === 'replay' ? 'Replay' : 'Cancel';
  const many = isAny ? pluralize(number, 'delivery', 'deliveries') : 'deliveries';
  return (
    <FormDialog
      title={matching.kind === 'replay' ? 'Send all that match again?' : 'Cancel all that match?'}
      description={
        matching.kind === 'replay'
          ? 'Runs in the background. The webhook page shows its progress and can stop it.'
          : 'Pending deliveries that are not being sent. They can be retried later.'
      }
      submitLabel={`${verb} ${many}`}
      cancelLabel={matching.kind === 'replay' ? 'Cancel' : 'Keep'}
      canSubmit={isAny}
      loading={change.isPending}
      error={change.error}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <CountStatus error={count.error} loading={number === undefined}>
        {isAny ? (
          <>
            <b className="font-semibold tabular-nums">{many}</b>{' '}
            {matching.kind === 'replay' ? 'will be sent again.' : 'will be cancelled.'}
          </>
        ) : (
          'No delivery matches any more.'
        )}
      </CountStatus>
    </FormDialog>
  );
}

/** Returns the number of deliveries. */
async function run(
  matching: MatchingInput,
  more: { readonly until: string; readonly dryRun?: boolean; readonly idempotencyKey?: string },
): Promise<number> {
  const result =
    matching.kind === 'replay'
      ? await client.deliveries.replay.mutate({ ...matching.input, ...more })
      : await client.deliveries.cancel.mutate({ ...matching.input, ...more });
  return result.count;
}

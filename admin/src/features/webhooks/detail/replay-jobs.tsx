import { useMutation, useQuery } from '@tanstack/react-query';
import { Badge, type Tone } from '../../../components/ui/badge.tsx';
import { Button } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { formatCount, pluralize } from '../../../lib/format.ts';
import { useCan } from '../../../lib/session.ts';
import { queryClient, pollMs, trpc, type Outputs } from '../../../lib/trpc.ts';

type Job = Outputs['deliveries']['replays']['items'][number];

const tones: Record<Job['status'], Tone> = {
  running: 'accent',
  done: 'ok',
  cancelled: 'idle',
};

const labels: Record<Job['status'], string> = {
  running: 'Running',
  done: 'Done',
  cancelled: 'Stopped',
};

/** The latest replays of a webhook, with their progress. Renders nothing if there are none. */
export function ReplayJobs({ webhookId }: { readonly webhookId: string }) {
  const can = useCan();
  const jobs = useQuery(
    trpc.deliveries.replays.queryOptions(
      { webhookId },
      {
        refetchInterval: ({ state }) =>
          state.data?.items.some((job) => job.status === 'running') === true ? 1_000 : pollMs.slow,
      },
    ),
  );
  const cancel = useMutation(
    trpc.deliveries.cancelReplay.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.deliveries.replays.queryFilter()),
    }),
  );
  if (jobs.data === undefined) {
    if (jobs.error === null) return null;
    return (
      <Card title="Replays">
        <InlineError error={jobs.error} />
      </Card>
    );
  }
  if (jobs.data.items.length === 0) return null;
  return (
    <Card title="Replays" flush>
      <ul>
        {jobs.data.items.slice(0, 5).map((job) => (
          <li
            key={job.id}
            className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line px-4 py-2.5 text-[0.9333rem] last:border-0"
          >
            <Badge tone={tones[job.status]}>{labels[job.status]}</Badge>
            <span className="tabular-nums">
              {formatCount(job.done)} of {pluralize(job.total, 'delivery', 'deliveries')}
            </span>
            <span className="text-[0.8667rem] text-ink-3">
              started <Time at={job.createdAt} />
            </span>
            {job.status === 'running' && can('deliveries:write') && (
              <span className="ml-auto">
                <Button size="small" loading={cancel.isPending} onClick={() => cancel.mutate({ id: job.id })}>
                  Stop
                </Button>
              </span>
            )}
            {job.status === 'running' && (
              <progress
                className="h-1.5 w-full accent-[var(--accent)]"
                aria-label="Progress"
                value={job.done}
                max={Math.max(1, job.total)}
              />
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

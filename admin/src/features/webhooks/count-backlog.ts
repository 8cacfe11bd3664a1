import { client, type Inputs } from '../../lib/trpc.ts';

export type Backlog = NonNullable<Inputs['webhooks']['update']['backlog']>;

/** Counts the pending deliveries of a webhook, of events before `until` if given. */
export async function countBacklog(webhookId: string, until?: string): Promise<number> {
  const { count } = await client.deliveries.cancel.mutate({
    webhookId,
    dryRun: true,
    ...(until !== undefined && { until }),
  });
  return count;
}

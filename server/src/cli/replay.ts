import { setTimeout as wait } from 'node:timers/promises';
import type { TocsinClient } from '@tocsin/client';
import { replayInput, type ReplayView } from '@tocsin/shared';
import { command, exitCode, type Context } from './command.ts';
import { toInput, serverDetails, serverOptions, withClient } from './connect.ts';

/** The server works on a job about once a second. */
const pollMs = 500;

export const replay = command({
  name: 'replay',
  about: 'Sends finished deliveries of a webhook again',
  details:
    `${serverDetails} Counts first, then waits until all are back in the queue.\n` +
    'Ctrl-C ends the waiting and not the job; tocsin exits with 130.',
  options: {
    webhook: { type: 'string', value: 'ID', about: 'whose deliveries' },
    since: { type: 'string', value: 'TIME', about: 'of events accepted at or after, ISO 8601' },
    until: { type: 'string', value: 'TIME', about: 'of events accepted before; now unless given' },
    status: { type: 'string', value: 'STATUS', about: 'failed (unless given), delivered or cancelled' },
    event: { type: 'string', multiple: true, value: 'TYPE', about: 'only these types; may be repeated' },
    'dry-run': { type: 'boolean', about: 'only counts' },
    ...serverOptions,
  },
  async run({ webhook, since, until, status, event, 'dry-run': dryRun = false, url }, context) {
    const input = toInput(
      replayInput,
      { webhookId: webhook, since, until, status, events: event },
      { webhookId: 'webhook', events: 'event' },
    );
    return await withClient(context, url, async (client) => {
      const { count } = await client.deliveries.replay.mutate({ ...input, dryRun: true });
      context.progress(`${count} ${input.status} deliveries match`);
      if (dryRun || count === 0) {
        context.result({ jobId: null, count }, String(count));
        return exitCode.ok;
      }
      const { jobId } = await client.deliveries.replay.mutate(input);
      if (jobId === null) {
        context.result({ jobId, count: 0 }, 'nothing is left to send');
        return exitCode.ok;
      }
      return await follow(client, { jobId, webhookId: input.webhookId }, context);
    });
  },
});

async function follow(
  client: TocsinClient,
  { jobId, webhookId }: { readonly jobId: string; readonly webhookId: string },
  { interrupted, progress, result }: Context,
): Promise<number> {
  let told = -1;
  for (;;) {
    if (interrupted.aborted) {
      progress(`${jobId} goes on; cancel it with deliveries.cancelReplay or in the admin UI`);
      return exitCode.interrupted;
    }
    const job = await toJob(client, webhookId, jobId);
    if (job.done !== told) progress(`${jobId}: ${job.done} of ${job.total} are back in the queue`);
    told = job.done;
    if (job.status !== 'running') {
      result(job, `${jobId} is ${job.status}: ${job.done} of ${job.total} are sent again`);
      return job.status === 'done' ? exitCode.ok : exitCode.failed;
    }
    await wait(pollMs, undefined, { signal: interrupted }).catch(() => undefined);
  }
}

async function toJob(client: TocsinClient, webhookId: string, jobId: string): Promise<ReplayView> {
  for await (const job of client.deliveries.replays.iterate({ webhookId })) if (job.id === jobId) return job;
  throw new Error(`the server knows no replay ${jobId} any more`);
}

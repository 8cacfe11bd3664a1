import { setTimeout as wait } from 'node:timers/promises';
import { replayInput, type ReplayView } from '@tocsin/shared';
import { defineCommand, exitCode, type Context } from './command.ts';
import { toInput, serverDetails, serverOptions, withClient, type CliClient } from './connect.ts';

/** The server updates a job about once a second. */
const pollMs = 500;

export const replay = defineCommand({
  name: 'replay',
  summary: 'Resend finished deliveries of a webhook',
  details:
    `${serverDetails} Counts the deliveries, then waits until all are queued again.\n` +
    'Ctrl-C stops waiting and exits with 130. The job continues in the server.',
  options: {
    webhook: { type: 'string', value: 'ID', summary: 'webhook of the deliveries (required)' },
    since: {
      type: 'string',
      value: 'TIME',
      summary: 'only events accepted at or after this time, ISO 8601 (required)',
    },
    until: {
      type: 'string',
      value: 'TIME',
      summary: 'only events accepted before this time, ISO 8601 (default: now)',
    },
    status: {
      type: 'string',
      value: 'STATUS',
      summary: 'only failed, delivered or cancelled deliveries (default: failed)',
    },
    event: { type: 'string', multiple: true, value: 'TYPE', summary: 'only this event type (repeatable)' },
    'dry-run': { type: 'boolean', summary: 'count the deliveries without resending them' },
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
        context.result({ jobId, count: 0 }, 'no deliveries to resend');
        return exitCode.ok;
      }
      return await follow(client, { jobId, webhookId: input.webhookId }, context);
    });
  },
});

async function follow(
  client: CliClient,
  { jobId, webhookId }: { readonly jobId: string; readonly webhookId: string },
  { interrupted, progress, result }: Context,
): Promise<number> {
  let printed = -1;
  for (;;) {
    if (interrupted.aborted) {
      progress(`${jobId} continues; cancel it with deliveries.cancelReplay or in the admin UI`);
      return exitCode.interrupted;
    }
    const job = await getJob(client, webhookId, jobId);
    if (job.done !== printed) progress(`${jobId}: ${job.done} of ${job.total} deliveries queued`);
    printed = job.done;
    if (job.status !== 'running') {
      result(job, `${jobId} is ${job.status}: ${job.done} of ${job.total} deliveries queued`);
      return job.status === 'done' ? exitCode.ok : exitCode.failed;
    }
    await wait(pollMs, undefined, { signal: interrupted }).catch(() => undefined);
  }
}

async function getJob(client: CliClient, webhookId: string, jobId: string): Promise<ReplayView> {
  for await (const job of client.deliveries.replays.iterate({ webhookId })) if (job.id === jobId) return job;
  throw new Error(`replay ${jobId} no longer exists`);
}

import { setTimeout as wait } from 'node:timers/promises';
import { replayInput, type ReplayView } from '@tocsin/shared';
import { exitCode, type AnyOptionValues, type Context } from './command.ts';
import { defineCommand } from './define-command.ts';
import { parseInput, toFields, toOptionNames, toSchemaOptions } from './api/schema-options.ts';
import { serverDetails, serverOptions, withClient, type CliClient } from './connect.ts';

/** The server updates a job about once a second. */
const pollMs = 500;

const schemaOptions = toSchemaOptions(replayInput);

/** `tocsin replay` and `tocsin deliveries replay`. */
export const replay = defineCommand({
  details:
    `${serverDetails} Counts the deliveries, then waits until all are queued again.\n` +
    'Ctrl-C stops waiting and exits with 130. The job continues in the server.',
  examples: [
    '--webhook wh_0123456789ab --since 2026-11-24T00:00:00Z --dry-run',
    '--webhook wh_0123456789ab --since 2026-11-24T00:00:00Z --status delivered --event user.login',
  ],
  options: { ...schemaOptions.options, ...serverOptions },
  async run(values: AnyOptionValues, context) {
    const input = parseInput(replayInput, toFields(schemaOptions, values), toOptionNames(schemaOptions));
    const url = typeof values['url'] === 'string' ? values['url'] : undefined;
    return await withClient(context, url, async (client) => {
      const { count } = await client.deliveries.replay.mutate({ ...input, dryRun: true });
      context.progress(`${count} ${input.status} deliveries match`);
      if (input.dryRun || count === 0) {
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
      progress(
        `${jobId} continues; cancel it with "tocsin deliveries cancel-replay ${jobId}" or in the admin UI`,
      );
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

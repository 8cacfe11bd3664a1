import { exitCode, UsageError, type Context } from '../command.ts';
import { serverDetails, withClient, type CliClient } from '../connect.ts';
import { defineCommand } from '../define-command.ts';
import { parseDuration } from '../../duration.ts';
import { toCount } from '../count.ts';
import { readEvents } from './event-source.ts';
import { Forwarder } from './forwarder.ts';
import { createLocalRequestFactory } from './local-webhook.ts';
import { listenOptions, type ListenOptions } from './options.ts';
import { createPresentations } from './presentations.ts';
import { createReport } from './report.ts';
import { toSettings, toWebhookId, type ListenSettings } from './settings.ts';
import { maxStored, type StoredSelection } from './stored-events.ts';

/** The default of the server. */
const timeoutMs = 10_000;

/** About five seconds. A server that was reached once is waited for. */
const maxUnreached = 6;

const maxRetries = 20;

export const listen = defineCommand({
  details:
    'Sends the events of an app to a receiver on this machine, signed and formatted as a webhook does it. Needs no\n' +
    'public address: it reads the events from the server. Prints the response to each. Resumes without a gap after a\n' +
    `lost connection. Ctrl-C ends it. ${serverDetails}`,
  examples: [
    '--app app_shop --forward http://localhost:3000/hook',
    '--webhook wh_0123456789ab --forward http://localhost:3000/hook --load-from-last 10',
    "--app app_shop --forward http://localhost:3000/hook --types 'user.ban,license.*' --since 1h",
  ],
  options: listenOptions,
  async run(options, context) {
    const stored = toStored(options);
    const isOnce = options.once === true;
    if (isOnce && stored === undefined) {
      throw new UsageError('--once: needs stored events: --since or --load-from-last');
    }
    const retries = toNumber('retries', options.retries, { min: 0, max: maxRetries }) ?? 0;
    return await withClient(context, options.url, async (client) => {
      const webhook =
        options.webhook === undefined
          ? undefined
          : await client.webhooks.get.query({ id: toWebhookId(options.webhook) });
      const settings = toSettings(options, webhook, context);
      if (options['print-secret'] === true) {
        context.result({ secret: settings.secret, publicKey: settings.publicKey }, settings.secret);
        return exitCode.ok;
      }
      return await forwardAll(client, settings, { stored, isOnce, retries }, context);
    });
  },
});

interface ListenPlan {
  readonly stored: Pick<StoredSelection, 'since' | 'last'> | undefined;
  readonly isOnce: boolean;
  readonly retries: number;
}

async function forwardAll(
  client: CliClient,
  settings: ListenSettings,
  { stored, isOnce, retries }: ListenPlan,
  context: Context,
): Promise<number> {
  const report = createReport(settings, context);
  const findPresentation = createPresentations(client, settings);
  // Also ends if the server cannot be reached at first.
  const giveUp = new AbortController();
  const signal = AbortSignal.any([context.interrupted, giveUp.signal]);
  const forwarder = new Forwarder(createLocalRequestFactory(settings), {
    timeoutMs,
    retries,
    signal,
    onResult: report.result,
  });
  let isReached = false;
  let unreached = 0;
  try {
    report.start();
    const events = readEvents(client, {
      appId: settings.appId,
      types: settings.types,
      stored,
      isOnce,
      signal,
      onConnect: () => {
        report.connected();
        isReached = true;
      },
      onReconnect: (reconnect) => {
        if (isReached) report.disconnected(reconnect);
        else if (++unreached >= maxUnreached) giveUp.abort(reconnect.error);
      },
    });
    for await (const event of events) {
      if (signal.aborted) break;
      await forwarder.forward(event, await findPresentation(event));
    }
  } finally {
    await forwarder.close();
  }
  if (giveUp.signal.aborted) throw giveUp.signal.reason;
  const { accepted, failed } = forwarder.counts;
  report.end(`${toCount(accepted + failed, 'event')} forwarded: ${accepted} accepted, ${failed} failed`, {
    accepted,
    failed,
  });
  return isOnce && failed > 0 ? exitCode.failed : exitCode.ok;
}

function toStored(options: ListenOptions): ListenPlan['stored'] {
  const last = toNumber('load-from-last', options['load-from-last'], { min: 1, max: maxStored });
  if (options.since === undefined && last === undefined) return undefined;
  return {
    since: options.since === undefined ? undefined : toTime(options.since),
    last: last ?? Number.POSITIVE_INFINITY,
  };
}

function toTime(text: string): string {
  const ago = parseDuration(text);
  const time = ago === undefined ? Date.parse(text) : Date.now() - ago;
  // `Date.parse` alone would take many other texts for a time.
  if (Number.isNaN(time) || (ago === undefined && !/^\d{4}-\d\d-\d\d/.test(text))) {
    throw new UsageError('--since: must be an ISO 8601 time, or a duration such as 30m, 1h or 2d');
  }
  return new Date(time).toISOString();
}

function toNumber(
  option: string,
  text: string | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${option}: must be a whole number from ${min} to ${max}`);
}

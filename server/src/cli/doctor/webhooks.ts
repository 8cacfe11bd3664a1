import { describeDisabled, describeReason, type WebhookView } from '@tocsin/shared';
import type { Config } from '../../config.ts';
import type { Context } from '../command.ts';
import type { CliClient } from '../connect.ts';
import { toCount } from '../count.ts';
import { toFailure } from './failure.ts';
import type { Findings } from './findings.ts';
import { createTargetCheck, type TargetCheck } from './targets.ts';

/** More webhooks are counted, but their targets are not checked. */
const maxTargets = 100;
const maxApps = 500;
const atOnce = 5;

type Webhook = Pick<WebhookView, 'id' | 'appId' | 'url' | 'enabled' | 'disabledReason' | 'health'>;

export interface WebhookCheck {
  /** Undefined: all apps that the key can see. */
  readonly app: string | undefined;
  /** Whether to send a test ping to each. */
  readonly probe: boolean;
  /** The configuration of the server, if its environment is here. */
  readonly config: Config | undefined;
}

/** Checks the webhooks of one app, or of all apps that the key can see. */
export async function checkWebhooks(
  client: CliClient,
  options: WebhookCheck,
  { interrupted }: Context,
  findings: Findings,
): Promise<void> {
  let webhooks: readonly Webhook[];
  try {
    webhooks = await listWebhooks(client, options.app);
  } catch (error) {
    const { code, message } = toFailure(error);
    findings.warn('webhooks', `not checked: ${message} (${code})`, 'use a key with the scope webhooks:read');
    return;
  }
  for (const webhook of webhooks) checkHealth(webhook, findings);
  const enabled = webhooks.filter((webhook) => webhook.enabled);
  findings.ok('webhooks', `${toCount(webhooks.length, 'webhook')}, ${enabled.length} enabled`);
  const checked = enabled.slice(0, maxTargets);
  const checkTarget = createTargetCheck(options.config);
  for (let at = 0; at < checked.length && !interrupted.aborted; at += atOnce) {
    await Promise.all(
      checked.slice(at, at + atOnce).map(async (webhook) => {
        reportTarget(webhook, await checkTarget(webhook.url), options.config, findings);
        if (options.probe) await probe(client, webhook, findings);
      }),
    );
  }
  if (enabled.length > checked.length) {
    findings.warn(
      'targets',
      `${enabled.length - checked.length} more webhooks were not checked`,
      'check one app at a time: tocsin doctor --app <id>',
    );
  }
}

async function listWebhooks(client: CliClient, app: string | undefined): Promise<readonly Webhook[]> {
  const appIds: string[] = app === undefined ? [] : [app];
  if (app === undefined) {
    for await (const { id } of client.apps.list.iterate({ limit: 200 })) {
      appIds.push(id);
      if (appIds.length === maxApps) break;
    }
  }
  const found: Webhook[] = [];
  for (const appId of appIds) {
    found.push(...(await client.webhooks.list.query({ appId })).items);
  }
  return found;
}

function checkHealth({ id, enabled, disabledReason, health }: Webhook, findings: Findings): void {
  if (!enabled) {
    // A choice, not a fault.
    if (disabledReason === 'by_user') return;
    findings.warn(
      'webhooks',
      `${id} was ${describeDisabled(disabledReason)}; its deliveries wait`,
      `repair the endpoint, then: tocsin webhooks test ${id} && tocsin webhooks enable ${id}`,
    );
  } else if (health.state === 'paused') {
    findings.warn(
      'webhooks',
      `${id} is paused after ${toCount(health.failuresInARow, 'failure')} in a row${health.lastFailureReason === null ? '' : `; the last: ${describeReason(health.lastFailureReason)}`}`,
      `repair the endpoint; it is probed until it succeeds. To try it now: tocsin webhooks test ${id}`,
    );
  }
}

function reportTarget(
  { id, url, health }: Webhook,
  target: Awaited<ReturnType<TargetCheck>>,
  config: Config | undefined,
  findings: Findings,
): void {
  const host = URL.canParse(url) ? new URL(url).host : 'its host';
  if (target.ok) {
    findings.ok('targets', `${id} at ${host}: ${target.message}`);
    return;
  }
  const message = `${id} at ${host}: ${target.message}`;
  if (config !== undefined) {
    findings.fail('targets', message, target.remedy);
    return;
  }
  // The server can have other rules and another network than this machine.
  if (health.lastSuccessAt !== null && health.failuresInARow === 0) {
    findings.ok('targets', `${id} at ${host}: the last delivery succeeded`);
  } else {
    findings.warn(
      'targets',
      `${message} (seen from this machine, by the rules of a server without settings)`,
      target.remedy,
    );
  }
}

async function probe(client: CliClient, { id }: Webhook, findings: Findings): Promise<void> {
  try {
    const { delivered, statusCode, reason, durationMs } = await client.webhooks.test.mutate({ id });
    const result = `${statusCode === null ? 'no response' : `status ${statusCode}`} after ${Math.round(durationMs)} ms`;
    if (delivered) findings.ok('probe', `${id} accepted a test ping: ${result}`);
    else
      findings.fail(
        'probe',
        `${id} did not accept a test ping: ${result}${reason === null ? '' : `: ${describeReason(reason)}`}`,
        `see: tocsin webhooks test ${id}`,
      );
  } catch (error) {
    const { code, message } = toFailure(error);
    findings.warn(
      'probe',
      `${id}: not sent: ${message} (${code})`,
      'use a key with the scope webhooks:write',
    );
  }
}

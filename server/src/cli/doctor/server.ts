import type { AccountUsage, SystemStats } from '@tocsin/shared';
import { version } from '../../version.ts';
import type { Context } from '../command.ts';
import { toServerUrl, withClient, type CliClient } from '../connect.ts';
import { toCount } from '../count.ts';
import { toFailure } from './failure.ts';
import type { Findings } from './findings.ts';
import { checkWebhooks, type WebhookCheck } from './webhooks.ts';

export interface ServerCheck extends WebhookCheck {
  /** Default: TOCSIN_URL. */
  readonly url: string | undefined;
}

const requestMs = 10_000;
const clockToleranceMs = 3_000;
const maxLagMs = 60_000;

/** Share of a limit from which on there is a warning. */
const nearlyUsed = 0.9;

/** Checks a running server through its API. */
export async function checkServer(options: ServerCheck, context: Context, findings: Findings): Promise<void> {
  const url = toServerUrl(context, options.url);
  if (!(await checkReachable(url, findings))) return;
  await checkReady(url, findings);
  await checkVersion(url, findings);
  if ((context.env['TOCSIN_TOKEN'] ?? '') === '') {
    findings.warn(
      'key',
      'TOCSIN_TOKEN is not set, so queue and webhooks are not checked',
      'set it to an API key or the root token; a server without ROOT_TOKEN has stored it in DATA_DIR/root-token',
    );
    return;
  }
  await withClient(context, options.url, async (client) => {
    if (!(await checkToken(client, findings))) return;
    await checkQueue(client, findings);
    await checkWebhooks(client, options, context, findings);
  });
}

async function checkReachable(url: string, findings: Findings): Promise<boolean> {
  if (!URL.canParse(url)) {
    findings.fail('server', `${url} is no URL`, 'set TOCSIN_URL to a URL such as http://127.0.0.1:4400');
    return false;
  }
  const before = Date.now();
  const response = await get(new URL('/healthz', url));
  if ('code' in response) {
    findings.fail(
      'server',
      `no server responds at ${url} (${response.code})`,
      'start it, or set TOCSIN_URL to its address; check proxies and firewalls',
    );
    return false;
  }
  if (response.status !== 200 || !response.text.includes('"ok"')) {
    findings.fail(
      'server',
      `${url} responds, but is no Tocsin server (status ${response.status})`,
      'set TOCSIN_URL to the address of Tocsin, without a path',
    );
    return false;
  }
  findings.ok('server', `a server responds at ${url}`);
  checkClock(response.date, (before + Date.now()) / 2, findings);
  return true;
}

function checkClock(date: string | null, now: number, findings: Findings): void {
  const offset = date === null ? Number.NaN : Date.parse(date) - now;
  if (Number.isNaN(offset)) return;
  // The header has whole seconds.
  const seconds = Math.max(0, Math.abs(offset) - 1_000) / 1_000;
  if (Math.abs(offset) <= clockToleranceMs) return;
  findings.warn(
    'clock',
    `the clocks of this machine and the server differ by about ${Math.round(seconds)} s`,
    'synchronize both by NTP; a receiver on a machine with a wrong clock rejects deliveries',
  );
}

async function checkReady(url: string, findings: Findings): Promise<void> {
  const response = await get(new URL('/readyz', url));
  if ('code' in response) {
    findings.fail(
      'readiness',
      `the server does not say whether it is ready (${response.code})`,
      'see its log',
    );
    return;
  }
  const { checks } = parseReadiness(response.text);
  const remedies: Readonly<Record<string, string>> = {
    database: 'the database does not respond to the server; check MongoDB and the network between both',
    engine: 'the server starts or stops; wait, or see its log',
    indexes: 'restart any server process, which builds them',
  };
  if (response.status !== 200) {
    const wrong = Object.entries(checks).filter(
      ([name, state]) => remedies[name] !== undefined && state !== 'ok',
    );
    for (const [name, state] of wrong)
      findings.fail('readiness', `${name}: ${state}`, remedies[name] ?? null);
    if (wrong.length === 0)
      findings.fail('readiness', `the server is not ready (${response.status})`, 'see its log');
    return;
  }
  if (checks['delivery'] === 'held') {
    findings.warn('readiness', 'DELIVERY_HOLD is set, so nothing is sent', 'restart without it to send');
  } else if (checks['delivery'] === 'waiting_for_index') {
    findings.warn(
      'readiness',
      'sending starts when the indexes of the queue are built',
      'wait; "tocsin stats" has the progress',
    );
  } else
    findings.ok(
      'readiness',
      `the server is ready${checks['delivery'] === 'elsewhere' ? '; other processes send' : ''}`,
    );
}

async function checkVersion(url: string, findings: Findings): Promise<void> {
  const response = await get(new URL('/openapi.json', url));
  const found = 'code' in response ? undefined : /"version":\s*"([^"]{1,50})"/.exec(response.text)?.[1];
  if (found === undefined) return;
  if (found === version) findings.ok('version', `the server and this program have version ${version}`);
  else {
    findings.warn(
      'version',
      `the server has version ${found}, this program ${version}`,
      'use the same version, so that both know the same fields',
    );
  }
}

/** Whether the key is accepted. */
async function checkToken(client: CliClient, findings: Findings): Promise<boolean> {
  try {
    const usage = await client.accounts.usage.query();
    const isRoot = await canList(client);
    findings.ok(
      'key',
      isRoot ? 'TOCSIN_TOKEN is the root token' : `TOCSIN_TOKEN is a key of ${usage.accountId}`,
    );
    checkLimits(usage, findings);
    return true;
  } catch (error) {
    const { code, message } = toFailure(error);
    const remedy =
      code === 'UNAUTHENTICATED'
        ? 'set TOCSIN_TOKEN to a valid key; "tocsin keys create" makes one'
        : 'see the log of the server';
    findings.fail('key', `${message} (${code})`, remedy);
    return false;
  }
}

/** Only the root token lists accounts. */
async function canList(client: CliClient): Promise<boolean> {
  try {
    await client.accounts.list.query({ limit: 1 });
    return true;
  } catch {
    return false;
  }
}

function checkLimits({ accountId, limits }: AccountUsage, findings: Findings): void {
  for (const { name, limit, used } of limits) {
    if (limit === null || limit === 0 || used < limit * nearlyUsed) continue;
    findings.warn(
      'limits',
      `${accountId} uses ${used} of ${limit} ${name}`,
      `delete what is not needed, or raise it: tocsin accounts set-limits ${accountId}`,
    );
  }
}

async function checkQueue(client: CliClient, findings: Findings): Promise<void> {
  let stats: SystemStats;
  try {
    stats = await client.system.stats.query({ hours: 1 });
  } catch (error) {
    const { code, message } = toFailure(error);
    findings.warn('queue', `not checked: ${message} (${code})`, 'use a key with the scope deliveries:read');
    return;
  }
  const { queue, indexes } = stats;
  for (const { index, state } of indexes) {
    findings.warn(
      'indexes',
      `${index} is ${state}`,
      state === 'building' ? 'wait' : 'restart any server process',
    );
  }
  const least = queue.isCapped ? 'at least ' : '';
  const lagMs = queue.oldestDueAt === null ? 0 : Date.now() - Date.parse(queue.oldestDueAt);
  const size = `${least}${toCount(queue.pending, 'delivery', 'deliveries')} pending, ${queue.dueNow} due now`;
  if (lagMs <= maxLagMs || queue.dueNow === 0) findings.ok('queue', size);
  else {
    findings.warn(
      'queue',
      `${size}; the oldest has been due for ${Math.round(lagMs / 60_000)} min`,
      'start more workers, or find slow webhooks with "tocsin stats"; see docs/monitor.md',
    );
  }
}

type Response =
  | { readonly status: number; readonly text: string; readonly date: string | null }
  | { readonly code: string };

async function get(url: URL): Promise<Response> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(requestMs), redirect: 'manual' });
    return { status: response.status, text: await response.text(), date: response.headers.get('date') };
  } catch (error) {
    const { cause, name } = error instanceof Error ? error : new Error(String(error));
    if (!(cause instanceof Error)) return { code: name };
    return { code: 'code' in cause ? String(cause.code) : cause.message };
  }
}

function parseReadiness(text: string): { readonly checks: Readonly<Record<string, string>> } {
  try {
    const body: unknown = JSON.parse(text);
    const checks: unknown =
      typeof body === 'object' && body !== null && 'checks' in body ? body.checks : undefined;
    if (typeof checks !== 'object' || checks === null) return { checks: {} };
    return {
      checks: Object.fromEntries(Object.entries(checks).map(([name, state]) => [name, String(state)])),
    };
  } catch {
    return { checks: {} };
  }
}

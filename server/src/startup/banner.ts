import type { Config } from '../config.ts';
import type { Database } from '../database.ts';

export interface BannerOptions {
  readonly config: Config;
  readonly database: Pick<Database, 'isEmbedded' | 'rootTokenPath'>;
  /** The port that the server listens on. */
  readonly port: number;
  readonly isDemoOpen: boolean;
  readonly demoAppId: string;
}

/** Returns the first lines of a running server: its address, the root token, and what to try. */
export function toBanner(options: BannerOptions): string {
  const { config, database, isDemoOpen } = options;
  const url = toLocalUrl(config.HOST, options.port);
  const lines = [
    '',
    `  Tocsin is running at ${url}   (role ${config.ROLE}${config.ROLE === 'worker' ? '' : `, docs at ${url}/docs`})`,
    `  Root token: ${database.rootTokenPath === undefined ? 'set by ROOT_TOKEN' : `stored in ${database.rootTokenPath}`}`,
  ];
  if (config.DELIVERY_HOLD) lines.push('  DELIVERY_HOLD is set: sending and retention are paused');
  if (isDemoOpen && database.isEmbedded) lines.push(...toFirstSteps(url, options));
  return [...lines, ''].join('\n');
}

/** Commands for any POSIX shell. Each can be pasted as it is. */
function toFirstSteps(url: string, { database, demoAppId }: BannerOptions): string[] {
  const token =
    database.rootTokenPath === undefined ? '$ROOT_TOKEN' : `$(cat ${toShellWord(database.rootTokenPath)})`;
  const headers = [
    '    -H "Content-Type: application/json" \\',
    `    -H "Authorization: Bearer ${token}" \\`,
  ];
  return [
    '',
    '  Try it in another terminal, in this folder. Create a webhook that points to the demo receiver:',
    '',
    `  curl -X POST ${url}/v1/admin/apps/${demoAppId}/webhooks \\`,
    ...headers,
    `    -d '{"url":"${url}/demo","events":["user.login"]}'`,
    '',
    '  Publish an event:',
    '',
    `  curl -X POST ${url}/v1/apps/${demoAppId}/events \\`,
    ...headers,
    `    -d '{"event":"user.login","data":{"userId":"usr_1","username":"ada","ip":"192.0.2.1","hwid":"HWID-1"}}'`,
    '',
    `  See the delivery, with its signature verified, at ${url}/demo in a browser, or:`,
    '',
    `  curl ${url}/demo`,
  ];
}

/** The address for programs on the same machine. */
function toLocalUrl(host: string, port: number): string {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${local.includes(':') ? `[${local}]` : local}:${port}`;
}

/** Quotes a path for a POSIX shell, unless it needs no quotes. */
function toShellWord(path: string): string {
  return /^[\w./:@%+-]+$/.test(path) && !path.startsWith('-') ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

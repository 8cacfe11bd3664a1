import type { Config } from '../config.ts';
import type { Database } from '../database.ts';

/**
 * The embedded database is for a first try, whose receivers run on the same machine. In production, only
 * ALLOW_PRIVATE_TARGETS itself switches the SSRF guard off.
 */
export function arePrivateTargetsAllowed(
  { ALLOW_PRIVATE_TARGETS, isProduction }: Pick<Config, 'ALLOW_PRIVATE_TARGETS' | 'isProduction'>,
  { isEmbedded }: Pick<Database, 'isEmbedded'>,
): boolean {
  return ALLOW_PRIVATE_TARGETS ?? (isEmbedded && !isProduction);
}

/** Addresses to listen on that a webhook at 127.0.0.1 or `[::1]` reaches. */
const localHosts: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '0.0.0.0', '::', '::1']);

/**
 * Whether to serve the demo receiver: never in production, and only where the SSRF guard lets webhooks call this machine
 * anyway. It gets no exemption of its own. The process must both accept events and send them.
 */
export function isDemoOpen(config: Config, database: Pick<Database, 'isEmbedded'>): boolean {
  return (
    (config.DEMO_RECEIVER ?? database.isEmbedded) &&
    !config.isProduction &&
    config.ROLE === 'all' &&
    localHosts.has(config.HOST) &&
    arePrivateTargetsAllowed(config, database)
  );
}

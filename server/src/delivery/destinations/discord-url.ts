const hosts: ReadonlySet<string> = new Set(
  ['', 'ptb.', 'canary.'].flatMap((channel) => [`${channel}discord.com`, `${channel}discordapp.com`]),
);

/**
 * Lengths are not fixed: ids have grown, and the example in Authon's own document (`1234567890/abcdefg`) is shorter
 * than any real one.
 */
const webhookPath = /^\/api(?:\/v\d{1,2})?\/webhooks\/(\d+)\/([A-Za-z0-9_-]+)(?:\/(slack|github))?\/?$/;

export interface DiscordWebhookUrl {
  readonly id: string;
  readonly token: string;
  /** `/slack` and `/github` at the end make Discord read these services' bodies instead of its own. */
  readonly reads: 'discord' | 'slack' | 'github';
}

export function matchDiscordUrl(url: URL): DiscordWebhookUrl | undefined {
  if (url.protocol !== 'https:' || !hosts.has(url.host)) return undefined;
  const [, id, token, suffix] = webhookPath.exec(url.pathname) ?? [];
  if (id === undefined || token === undefined) return undefined;
  return { id, token, reads: suffix === 'slack' || suffix === 'github' ? suffix : 'discord' };
}

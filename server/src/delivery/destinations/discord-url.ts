const hosts: ReadonlySet<string> = new Set(
  ['', 'ptb.', 'canary.'].flatMap((channel) => [`${channel}discord.com`, `${channel}discordapp.com`]),
);

/**
 * Accepts ids and tokens of any length. Ids have grown over time, and the example in Authon's own document
 * (`1234567890/abcdefg`) is shorter than any real one.
 */
const webhookPath = /^\/api(?:\/v\d{1,2})?\/webhooks\/(\d+)\/([A-Za-z0-9_-]+)(?:\/(slack|github))?\/?$/;

export interface DiscordWebhookUrl {
  readonly id: string;
  readonly token: string;
  /** The payload that this URL accepts. The suffixes `/slack` and `/github` select another service's. */
  readonly payload: 'discord' | 'slack' | 'github';
}

/** Parses a webhook URL of Discord; undefined for any other URL. */
export function parseDiscordUrl(url: URL): DiscordWebhookUrl | undefined {
  if (!isDiscordHost(url)) return undefined;
  const [, id, token, suffix] = webhookPath.exec(url.pathname) ?? [];
  if (id === undefined || token === undefined) return undefined;
  return { id, token, payload: suffix === 'slack' || suffix === 'github' ? suffix : 'discord' };
}

export function isDiscordHost(url: URL): boolean {
  return url.protocol === 'https:' && hosts.has(url.host);
}

import { createHash } from 'node:crypto';
import { isDiscordHost, parseDiscordUrl } from '../destinations/discord-url.ts';

/** Names the service whose limits a URL is subject to: one for all hosts of Discord, otherwise the host. */
export function toServiceName(url: URL): string {
  return isDiscordHost(url) ? 'discord.com' : url.host;
}

export function toAddressKey(service: string): string {
  return `address:${service}`;
}

export function toAccountKey(service: string, accountId: string): string {
  return `account:${accountId}:${service}`;
}

/**
 * Names a webhook of a service, which several webhooks of ours can have: by host and path, because query parameters
 * such as a thread share its limit. A hash, because the path contains the token.
 */
export function toRouteKey(url: URL): string {
  const discord = parseDiscordUrl(url);
  const name = discord === undefined ? url.host + url.pathname : `discord.com/${discord.id}/${discord.token}`;
  return `route:${createHash('sha256').update(name).digest('base64url').slice(0, 22)}`;
}

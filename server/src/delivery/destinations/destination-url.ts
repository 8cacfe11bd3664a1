import type { ResolvedFormat } from './registry.ts';
import { matchDiscordUrl } from './discord-url.ts';

/**
 * Where the request really goes. A Discord URL is rewritten to API v10 (a path without a version means v6, which is
 * deprecated) with `wait=true` (without it Discord answers 204 also for a message that it did not keep). Everything
 * else is used as it was given, an explicit `discord` on another host too: that is a proxy or a test.
 */
export function destinationUrl(format: ResolvedFormat, url: URL): string {
  const discord = format === 'discord' ? matchDiscordUrl(url) : undefined;
  if (discord === undefined) return url.href;
  const target = new URL(`https://discord.com/api/v10/webhooks/${discord.id}/${discord.token}?wait=true`);
  const threadId = url.searchParams.get('thread_id');
  if (threadId !== null) target.searchParams.set('thread_id', threadId);
  return target.href;
}

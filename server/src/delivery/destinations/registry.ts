import type { Format } from '@tocsin/shared';
import { matchDiscordUrl } from './discord-url.ts';

/** The body that is really sent. `slack-workflow`: Slack's workflow triggers take flat strings and no blocks. */
export type ResolvedFormat = 'json' | 'discord' | 'slack' | 'slack-workflow' | 'teams';

export type ChatFormat = Exclude<ResolvedFormat, 'json'>;

const slackHosts: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);
const slackMessagePath = /^\/services\/[^/]+\/[^/]+\/[^/]+\/?$/;
const slackWorkflowPath = /^\/(?:workflows|triggers)\/[^/]+\/[^/]+\/[^/]+(?:\/[^/]+)?\/?$/;

/** `auto` goes by the URL. Never to Teams: its workflow URLs are those of any Logic App. */
export function resolveFormat(format: Format, url: URL): ResolvedFormat {
  switch (format) {
    case 'auto':
      return formatByUrl(url);
    case 'slack':
      return isSlackWorkflow(url) ? 'slack-workflow' : 'slack';
    case 'json':
    case 'discord':
    case 'teams':
      return format;
  }
}

function formatByUrl(url: URL): ResolvedFormat {
  const discord = matchDiscordUrl(url);
  // GitHub's bodies are not ours to make; a person who asks for them gets the event as it is.
  if (discord !== undefined) return discord.reads === 'github' ? 'json' : discord.reads;
  if (isSlackWorkflow(url)) return 'slack-workflow';
  return isSlack(url) && slackMessagePath.test(url.pathname) ? 'slack' : 'json';
}

function isSlackWorkflow(url: URL): boolean {
  return isSlack(url) && slackWorkflowPath.test(url.pathname);
}

function isSlack(url: URL): boolean {
  return url.protocol === 'https:' && slackHosts.has(url.host);
}

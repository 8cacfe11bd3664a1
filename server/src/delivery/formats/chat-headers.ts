import type { ChatFormat } from './detect-format.ts';

const version = '0.1.0';

/** The form that Discord asks of whoever is not a browser; others "may be blocked". */
const discordUserAgent = `DiscordBot (https://tocsin.example, ${version}) Tocsin`;

/**
 * All headers of a request to a chat destination. Nothing else goes there: no secret, no signature, no header of the
 * webhook's own, since the operator of a chat service is not the receiver they were made for.
 */
export function chatHeaders(format: ChatFormat): Readonly<Record<'content-type' | 'user-agent', string>> {
  return { 'content-type': 'application/json', 'user-agent': userAgentFor(format) };
}

function userAgentFor(format: ChatFormat): string {
  switch (format) {
    case 'discord':
    case 'slack': // also the body of a Discord URL that ends in /slack
      return discordUserAgent;
    case 'slack-workflow':
    case 'teams':
      return `Tocsin/${version}`;
  }
}

import { version } from '../../version.ts';
import type { ChatFormat } from './registry.ts';

/**
 * All headers of a request to a chat destination. Nothing else goes there: no secret, no signature, no header of the
 * webhook's own, since the operator of a chat service is not the receiver they were made for. `publicHost` is where this
 * platform is found, undefined when that was not configured.
 */
export function chatHeaders(
  format: ChatFormat,
  publicHost: string | undefined,
): Readonly<Record<'content-type' | 'user-agent', string>> {
  return { 'content-type': 'application/json', 'user-agent': userAgentFor(format, publicHost) };
}

function userAgentFor(format: ChatFormat, publicHost: string | undefined): string {
  const own = `Tocsin/${version}`;
  switch (format) {
    case 'discord':
    case 'slack': // also the body of a Discord URL that ends in /slack
      // The form that Discord asks of whoever is not a browser. It has to lead to who sends, so there is none without a host.
      return publicHost === undefined ? own : `DiscordBot (https://${publicHost}, ${version}) ${own}`;
    case 'slack-workflow':
    case 'teams':
      return own;
  }
}

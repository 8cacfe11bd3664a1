import type { Format } from '@tocsin/shared';
import type { Destination, DestinationName, ResolvedFormat } from './destination.ts';
import { discord } from './discord.ts';
import { slack } from './slack.ts';
import { slackWorkflow } from './slack-workflow.ts';
import { teams } from './teams.ts';

/** The one list of chat services. A new service is a file in this folder and a line here. */
export const destinations = {
  discord,
  slack,
  'slack-workflow': slackWorkflow,
  teams,
} satisfies Record<DestinationName, Destination>;

// Object.keys() returns string[]; the registry has exactly these keys.
export const destinationNames: readonly DestinationName[] = Object.keys(destinations) as DestinationName[];

/** The destination of a format; undefined for plain JSON receivers. */
export function findDestination(format: ResolvedFormat): Destination | undefined {
  return format === 'json' ? undefined : destinations[format];
}

/** Selects the format of a webhook's requests. `auto` goes by the URL and falls back to JSON. */
export function resolveFormat(format: Format, url: URL): ResolvedFormat {
  if (format === 'auto') return destinationNames.find((name) => destinations[name].matches(url)) ?? 'json';
  // Slack's workflows reject the blocks of a Slack message.
  if (format === 'slack' && slackWorkflow.matches(url)) return 'slack-workflow';
  return format;
}

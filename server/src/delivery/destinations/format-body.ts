import type { ChatFormat } from './registry.ts';
import { discordBody } from './discord.ts';
import type { Message } from './message/message.ts';
import { slackBody } from './slack.ts';
import { slackWorkflowBody } from './slack-workflow.ts';
import { teamsBody } from './teams.ts';

/** The body for a chat destination. Pure: the same event gives the same bytes on every attempt. */
export function formatBody(format: ChatFormat, message: Message): string {
  return JSON.stringify(toBody(format, message));
}

function toBody(format: ChatFormat, message: Message): object {
  switch (format) {
    case 'discord':
      return discordBody(message);
    case 'slack':
      return slackBody(message);
    case 'slack-workflow':
      return slackWorkflowBody(message);
    case 'teams':
      return teamsBody(message);
  }
}

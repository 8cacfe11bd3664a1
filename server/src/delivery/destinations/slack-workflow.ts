import { getEventDefinition } from '@tocsin/shared';
import { breakAngleBrackets } from './message/clean-text.ts';
import { cutText } from './message/cut-text.ts';
import { isKeyField, keysIn, maskKey, maskKeysIn } from './message/mask-key.ts';
import { toData, type Message } from './message/message.ts';
import { toText } from './message/readable-message.ts';

/** `event`, `timestamp` and every cataloged field of the event: the variables of the workflow. */
export type SlackWorkflowBody = Record<string, string>;

/** No limit is documented; this is a section field's. Ten of them stay far below every total. */
const maxValue = 2000;

/** A workflow's variables are declared beforehand, so the set of names must not change with what a field leases. */
const nothing = '-';

/**
 * A workflow puts the values into its own message, so they are plain text without Slack's escapes; a mention is
 * broken by a space of no width instead.
 */
export function slackWorkflowBody(message: Message): SlackWorkflowBody {
  const data = toData(message);
  const keys = keysIn(data, toText);
  const names = Object.keys(getEventDefinition(message.type).schema.shape);

  function show(name: string): string {
    const text = toText(data[name]);
    if (text === '') return nothing;
    return cutText(breakAngleBrackets(isKeyField(name) ? maskKey(text) : maskKeysIn(text, keys)), maxValue);
  }

  return {
    event: message.type,
    timestamp: message.timestamp,
    ...Object.fromEntries(names.map((name) => [name, show(name)])),
  };
}

import { getEventDefinition, isAnyEventType } from '@tocsin/shared';
import { chatHeaders, destinationRefused, type Destination } from './destination.ts';
import { breakAngleBrackets } from './message/clean-text.ts';
import { cutText } from './message/cut-text.ts';
import { isSecretName } from './message/generic-presentation.ts';
import { findKeys, isKeyField, maskKey, maskKeys } from './message/mask-key.ts';
import { toData, type Message } from './message/message.ts';
import { toText } from './message/readable-message.ts';
import { toJsonFields } from './read-response.ts';
import { findRouteLimits } from './route-limit.ts';
import { isSlackHost, slackCooldownMs } from './slack.ts';

/** Webhook triggers of Slack's Workflow Builder, which take flat strings and no blocks. */
export const slackWorkflow: Destination = {
  matches: (url) => isSlackHost(url) && triggerPath.test(url.pathname),
  requestUrl: (url) => url,
  headers: () => chatHeaders(),
  body: (message) => JSON.stringify(toSlackWorkflowBody(message)),
  // A workflow responds `{"ok": true}`, `{"ok": false, "error": ...}` or nothing, always with status 200.
  classify: (response) =>
    response.statusCode === 200 && toJsonFields(response)['ok'] === false ? destinationRefused : undefined,
  cooldownMs: () => slackCooldownMs,
  limits: findRouteLimits,
  isInvalidRequest: () => false,
};

const triggerPath = /^\/(?:workflows|triggers)\/[^/]+\/[^/]+\/[^/]+(?:\/[^/]+)?\/?$/;

/** The variables of the workflow: `event`, `timestamp` and every cataloged field of the event. */
export type SlackWorkflowBody = Record<string, string>;

/** Slack documents no limit for variables; this is the limit of a section's field. */
const maxValue = 2000;

/** The fields of the event's schema, in its order. */
function listFields({ type, presentation }: Message): readonly string[] {
  return isAnyEventType(type)
    ? Object.keys(getEventDefinition(type).schema.shape)
    : (presentation?.fields ?? []);
}

/** The value of an empty field. A workflow declares its variables in advance, so none may be missing. */
const emptyValue = '-';

/**
 * Values are plain text, because a workflow inserts them into its own message and would show Slack's escapes
 * as they are. A zero-width space breaks mentions instead.
 */
export function toSlackWorkflowBody(message: Message): SlackWorkflowBody {
  const data = toData(message);
  const keys = findKeys(data, toText);
  const names = listFields(message);

  function toValue(name: string): string {
    const text = toText(data[name]);
    if (text === '') return emptyValue;
    const isMasked = isKeyField(name) || (!isAnyEventType(message.type) && isSecretName(name));
    return cutText(breakAngleBrackets(isMasked ? maskKey(text) : maskKeys(text, keys)), maxValue);
  }

  return {
    event: message.type,
    timestamp: message.timestamp,
    ...Object.fromEntries(names.map((name) => [name, toValue(name)])),
  };
}

// Without zod, so that the main entry of the client and the admin UI can import it alone.
import { hasEventTypeForm, maxEventTypeLength } from './event-type-name.ts';

/**
 * Whether a text is a pattern of event types: `*`, or a prefix of whole parts such as `invoice.*`. An exact
 * name is not a pattern.
 *
 * @example
 * isEventPattern('invoice.*'); // true
 * isEventPattern('invoice.paid'); // false
 * isEventPattern('inv*'); // false
 */
export function isEventPattern(text: string): boolean {
  if (text === '*') return true;
  return text.length <= maxEventTypeLength && text.endsWith('.*') && hasEventTypeForm(text.slice(0, -2));
}

/**
 * Whether a name or pattern selects an event type. `*` selects all, `invoice.*` those that start with
 * `invoice.`, a name only itself. Also whether a pattern selects all types of another pattern.
 *
 * @example
 * matchesEventType('invoice.*', 'invoice.line.added'); // true
 * matchesEventType('invoice.*', 'invoice'); // false
 */
export function matchesEventType(nameOrPattern: string, type: string): boolean {
  if (nameOrPattern === type) return true;
  const length = nameOrPattern.length - 1;
  if (nameOrPattern.charCodeAt(length) !== asterisk || type.length < length) return false;
  // Runs for every webhook of a published event, so it compares characters instead of making texts.
  for (let index = 0; index < length; index++) {
    if (type.charCodeAt(index) !== nameOrPattern.charCodeAt(index)) return false;
  }
  return true;
}

const asterisk = 0x2a;

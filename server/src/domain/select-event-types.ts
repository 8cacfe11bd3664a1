/**
 * Whether names and patterns select an event type: by its name, by a prefix such as `invoice.*`, or by `*`. Also
 * whether they select all types of a pattern.
 *
 * Runs for every webhook of a published event, so it compares characters instead of making texts.
 */
export function selectsEventType(entries: readonly string[], type: string): boolean {
  if (entries.includes(type)) return true;
  for (const entry of entries) {
    if (isPattern(entry) && hasPrefix(type, entry)) return true;
  }
  return false;
}

const asterisk = 0x2a;

function isPattern(entry: string): boolean {
  return entry.charCodeAt(entry.length - 1) === asterisk;
}

/** Whether a type begins with a pattern, without the asterisk at its end. */
function hasPrefix(type: string, pattern: string): boolean {
  const length = pattern.length - 1;
  if (type.length < length) return false;
  for (let index = 0; index < length; index++) {
    if (type.charCodeAt(index) !== pattern.charCodeAt(index)) return false;
  }
  return true;
}

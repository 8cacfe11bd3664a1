import { matchesEventType } from '@tocsin/shared';

/** Whether some of these names and patterns select an event type, or all types of a pattern. */
export function selectsEventType(entries: readonly string[], type: string): boolean {
  // First, because most webhooks name their types.
  if (entries.includes(type)) return true;
  for (const entry of entries) if (matchesEventType(entry, type)) return true;
  return false;
}

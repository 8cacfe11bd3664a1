import { hasEventTypeForm, isEventPattern, matchesEventType } from '@tocsin/shared';

/** What a webhook subscribes to. */
export interface Subscription {
  /** Event types and patterns. */
  readonly events: readonly string[];
  /** The versions that types are pinned to. Types that are not listed have their newest version. */
  readonly eventVersions: Readonly<Record<string, number>>;
}

/** The pattern that selects a type. Undefined if none does. */
export function findPattern(events: readonly string[], type: string): string | undefined {
  return events.find((entry) => isEventPattern(entry) && matchesEventType(entry, type));
}

/** Whether an entry of `events`, or another type, is selected. */
export function isSelected(events: readonly string[], typeOrPattern: string): boolean {
  return events.some((entry) => matchesEventType(entry, typeOrPattern));
}

export function withEntry({ events, eventVersions }: Subscription, entry: string): Subscription {
  return { events: events.includes(entry) ? events : [...events, entry], eventVersions };
}

/** Removes an entry, and the pins of types that are not selected any more. */
export function withoutEntry({ events, eventVersions }: Subscription, entry: string): Subscription {
  const kept = events.filter((other) => other !== entry);
  const pins = Object.entries(eventVersions).filter(([type]) => isSelected(kept, type));
  return { events: kept, eventVersions: Object.fromEntries(pins) };
}

/** Pins a type to a version. Undefined: it follows the newest one. */
export function withPin(
  { events, eventVersions }: Subscription,
  type: string,
  version: number | undefined,
): Subscription {
  const { [type]: _, ...others } = eventVersions;
  return { events, eventVersions: version === undefined ? others : { ...others, [type]: version } };
}

/** Patterns that are offered at once. */
const maxPatterns = 8;

/**
 * The patterns to offer for what is searched: `*`, the pattern that the text is or begins, and those that select
 * several of the types that are shown.
 */
export function suggestPatterns(search: string, types: readonly string[]): readonly string[] {
  const typed = search.replace(/\.?\*?$/, '');
  const own = search !== '' && hasEventTypeForm(typed) ? [`${typed}.*`] : [];
  const counts = new Map<string, number>();
  for (const type of types) {
    const dot = type.indexOf('.');
    if (dot > 0) counts.set(type.slice(0, dot), (counts.get(type.slice(0, dot)) ?? 0) + 1);
  }
  const groups = [...counts].filter(([, count]) => count > 1).map(([prefix]) => `${prefix}.*`);
  // A complete name selects nothing as a prefix, unless other names continue it.
  const typedPatterns = own.filter(
    (pattern) =>
      search.endsWith('*') || search.endsWith('.') || types.some((type) => matchesEventType(pattern, type)),
  );
  const all = [...(search === '' || search === '*' ? ['*'] : []), ...typedPatterns, ...groups];
  return [...new Set(all)].slice(0, maxPatterns);
}

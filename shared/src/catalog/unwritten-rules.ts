/**
 * What a schema of a library checks or changes beyond its JSON Schema. Kept under these keywords while the JSON
 * Schema is built, then written into `description`.
 */
export const checksKeyword = 'x-tocsin-checks';
export const changesKeyword = 'x-tocsin-changes';

/** Begins the sentence of a `description` that says what JSON Schema cannot express. */
const checksPrefix = 'Also checked by the typed publisher: ';
const changesPrefix = 'Changed by the typed publisher: ';

export interface UnwrittenRules {
  readonly checks: readonly string[];
  readonly changes: readonly string[];
}

/** Appends the rules to a description. */
export function toDescription(description: unknown, { checks, changes }: UnwrittenRules): string {
  return [
    ...(typeof description === 'string' && description !== '' ? [description] : []),
    ...(checks.length === 0 ? [] : [`${checksPrefix}${[...new Set(checks)].join('; ')}.`]),
    ...(changes.length === 0 ? [] : [`${changesPrefix}${[...new Set(changes)].join('; ')}.`]),
  ].join('\n\n');
}

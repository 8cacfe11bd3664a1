import { findGaps } from './compare/find-gaps.ts';
import type { Gap } from './compare/gap.ts';
import type { JsonSchema } from './json-schema.ts';

/** One difference between two versions of a schema. */
export interface SchemaDifference {
  /** Place in the data, such as `data.lines[].amount`. */
  readonly path: string;
  /**
   * The keyword that differs, `added` or `removed` for fields, `variant` for an alternative of `anyOf` or
   * `oneOf`, or `undecided` if the change cannot be proven compatible.
   */
  readonly rule: string;
  /** Whether receivers may get data that the schema did not allow before. */
  readonly isBreakingForReceivers: boolean;
  /** Whether data that publishers could send before may now be rejected. */
  readonly isBreakingForPublishers: boolean;
  /** The difference as a sentence without its path. */
  readonly message: string;
}

/**
 * Compares two versions of the JSON Schema (draft 2020-12) of an event's data. Receivers read data, so a
 * schema that allows more breaks them. Publishers write data, so a schema that allows less breaks them.
 * Schemas that differ only in their writing have no difference. A change that cannot be proven compatible is
 * breaking, with the rule `undecided`.
 *
 * A new optional field breaks neither side, although an object that is open allowed any value there before.
 *
 * @example
 * compareSchemas(
 *   { type: 'object', properties: { currency: { enum: ['EUR'] } } },
 *   { type: 'object', properties: { currency: { enum: ['EUR', 'USD'] } } },
 * );
 * // [{ path: 'data.currency', rule: 'enum', isBreakingForReceivers: true, isBreakingForPublishers: false,
 * //    message: 'may now contain "USD"' }]
 */
export function compareSchemas(before: JsonSchema, after: JsonSchema): readonly SchemaDifference[] {
  const found = new Map<string, { readonly publishers: Gap[]; readonly receivers: Gap[] }>();
  const add = (gap: Gap, side: 'publishers' | 'receivers'): void => {
    const key = JSON.stringify([gap.path, gap.rule]);
    const entry = found.get(key) ?? { publishers: [], receivers: [] };
    entry[side].push(gap);
    found.set(key, entry);
  };
  for (const gap of findGaps(before, after, { side: 'publishers' })) add(gap, 'publishers');
  for (const gap of findGaps(after, before, { side: 'receivers' })) add(gap, 'receivers');
  return [...found.values()].map(({ publishers, receivers }) => toDifference(publishers, receivers));
}

function toDifference(publishers: readonly Gap[], receivers: readonly Gap[]): SchemaDifference {
  const [first] = [...publishers, ...receivers];
  if (first === undefined) throw new Error('a difference has at least one gap');
  const isUndecided = first.rule === 'undecided';
  const sentences = [
    ...toWords(publishers, isUndecided ? 'cannot be proven compatible:' : 'no longer accepts'),
    ...toWords(receivers, isUndecided ? 'cannot be proven compatible:' : 'may now contain'),
  ];
  return {
    path: first.path,
    rule: first.rule,
    isBreakingForReceivers: receivers.some(({ isBreaking }) => isBreaking),
    isBreakingForPublishers: publishers.some(({ isBreaking }) => isBreaking),
    message: [...new Set(sentences)].join(', and '),
  };
}

/** Joins values with the same verb: `no longer accepts "EUR", "USD"`. */
function toWords(gaps: readonly Gap[], verb: string): readonly string[] {
  const values = gaps.filter(({ says }) => says === undefined).map(({ what }) => what);
  const other = gaps.flatMap(({ says }) => says ?? []);
  return [...(values.length === 0 ? [] : [`${verb} ${[...new Set(values)].join(', ')}`]), ...new Set(other)];
}

import type { Conjunction } from './branch.ts';
import type { SchemaExpander } from './schema-expander.ts';

/** Whom a value outside of the wide schema would break. */
export type Side = 'publishers' | 'receivers';

/** Values that the narrow schema allows and the wide one does not, or may not. */
export interface Gap {
  /** Place in the data, such as `data.lines[].amount`. */
  readonly path: string;
  /** Name of the rule: a keyword, or `undecided`. */
  readonly rule: string;
  /** The values in words, such as `strings longer than 20 characters`. The reason if `rule` is `undecided`. */
  readonly what: string;
  /** Words instead of "no longer accepts" or "may now contain" and `what`. */
  readonly says?: string;
  /** False for a change to mention that breaks nothing. */
  readonly isBreaking: boolean;
}

export interface Comparison {
  readonly expander: SchemaExpander;
  readonly side: Side;
  /**
   * Whether fields that an open object does not declare allow every value. They do inside of a condition.
   * Elsewhere a field counts from the moment that a schema declares it.
   */
  readonly isStrict: boolean;
  /** Returns the gaps between two schemas at a place. Empty: the narrow one allows nothing else. */
  readonly findGaps: (narrow: Conjunction, wide: Conjunction, path: string) => readonly Gap[];
  /** Whether the narrow schema provably allows nothing else, fields that it does not declare included. */
  readonly isSubset: (narrow: Conjunction, wide: Conjunction) => boolean;
}

export function breakingGap(path: string, rule: string, what: string): Gap {
  return { path, rule, what, isBreaking: true };
}

/** A change that cannot be proven compatible. */
export function undecidedGap(path: string, reason: string): Gap {
  return { path, rule: 'undecided', what: reason, isBreaking: true };
}

/** Whether some gap is breaking. */
export function hasBreaking(gaps: readonly Gap[]): boolean {
  return gaps.some(({ isBreaking }) => isBreaking);
}

/** Appends a field name to a path. */
export function toFieldPath(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** A value in a message: its JSON, cut. */
export function quoteValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

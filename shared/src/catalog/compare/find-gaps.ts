import type { JsonSchema } from '../json-schema.ts';
import { fieldSchema, isNothing, type Branch, type Conjunction, type JsonType, type Term } from './branch.ts';
import { toCanonicalText, toJsonText } from './canonical-text.ts';
import { compareConstraints } from './compare-constraints.ts';
import { compareArrays, compareObjects } from './compare-objects.ts';
import { compareNumbers, compareStrings } from './compare-values.ts';
import { areDisjoint } from './disjoint.ts';
import {
  breakingGap,
  hasBreaking,
  quoteValue,
  undecidedGap,
  type Comparison,
  type Gap,
  type Side,
} from './gap.ts';
import { followReferences } from './follow-references.ts';
import { matchBranch } from './matches.ts';
import { SchemaExpander, TooComplex } from './schema-expander.ts';

/** Most schemas to expand and pairs to compare for one direction. */
const maxSteps = 20_000;

/** Most values of a field by which an object is split into variants. */
const maxVariants = 64;

/**
 * Finds values that `narrow` allows and `wide` does not. Without a breaking gap, every value of `narrow` is
 * also a value of `wide`.
 *
 * @param options.isStrict whether fields that an open object does not declare allow every value. Default false:
 * a new optional field is no gap.
 */
export function findGaps(
  narrow: JsonSchema,
  wide: JsonSchema,
  { side, isStrict = false }: { readonly side: Side; readonly isStrict?: boolean },
): readonly Gap[] {
  const finder = new GapFinder(side, isStrict);
  return finder.find([{ schema: narrow, root: narrow }], [{ schema: wide, root: wide }], 'data');
}

class GapFinder {
  readonly #expander = new SchemaExpander(maxSteps);
  readonly #side: Side;
  /** Pairs that are being compared. A recursive pair is compatible if nothing else in it differs. */
  readonly #open = new Set<string>();
  readonly #variants = new Map<string, Term>();
  #isStrict: boolean;

  constructor(side: Side, isStrict: boolean) {
    this.#side = side;
    this.#isStrict = isStrict;
  }

  find(narrowSchema: Conjunction, wideSchema: Conjunction, path: string): readonly Gap[] {
    const narrow = narrowSchema.map(followReferences);
    const wide = wideSchema.map(followReferences);
    const pair = `${this.#isStrict}:${this.#expander.toKey(narrow)}<${this.#expander.toKey(wide)}`;
    if (this.#open.has(pair) || isSameText(narrow, wide)) return [];
    this.#open.add(pair);
    try {
      this.#expander.countStep();
      return this.#findInBranches(this.#expander.expand(narrow), this.#expander.expand(wide), path);
    } catch (error) {
      if (error instanceof TooComplex) return [undecidedGap(path, 'the schema is too complex to compare')];
      throw error;
    } finally {
      this.#open.delete(pair);
    }
  }

  #isSubset(narrow: Conjunction, wide: Conjunction): boolean {
    const wasStrict = this.#isStrict;
    this.#isStrict = true;
    try {
      return this.find(narrow, wide, '').length === 0;
    } finally {
      this.#isStrict = wasStrict;
    }
  }

  #findInBranches(narrow: readonly Branch[], wide: readonly Branch[], path: string): readonly Gap[] {
    const toKey = ({ path, rule, what }: Gap): string => toJsonText([path, rule, what]);
    const gaps = narrow.flatMap((branch) => {
      const candidates = wide.filter(({ type }) => type === branch.type);
      if (candidates.length === 0) return [breakingGap(path, 'type', toTypeWords(branch.type))];
      return branch.values === undefined
        ? this.#findInCandidates(branch, candidates, path)
        : this.#findInValues(branch, branch.values, { candidates, path });
    });
    return [...new Map(gaps.map((gap) => [toKey(gap), gap])).values()];
  }

  #findInValues(
    narrow: Branch,
    values: readonly unknown[],
    { candidates, path }: { readonly candidates: readonly Branch[]; readonly path: string },
  ): readonly Gap[] {
    const possible = values.filter((value) => matchBranch(value, narrow, this.#expander) !== 'no');
    const outside = possible.filter(
      (value) => !candidates.some((branch) => matchBranch(value, branch, this.#expander) === 'yes'),
    );
    return outside.flatMap((value) => {
      const undecided = candidates.filter(
        (branch) => matchBranch(value, branch, this.#expander) === 'unknown',
      );
      if (undecided.length === 0) return [breakingGap(path, 'enum', quoteValue(value))];
      // The value is in the list, so a constraint beside it decides.
      const found = undecided.map((branch) => this.#compare(narrow, { ...branch, values: undefined }, path));
      return found.reduce((best, gaps) => (gaps.length < best.length ? gaps : best));
    });
  }

  #findInCandidates(narrow: Branch, candidates: readonly Branch[], path: string): readonly Gap[] {
    const found: (readonly Gap[])[] = [];
    for (const candidate of candidates) {
      const gaps = this.#compare(narrow, candidate, path);
      if (!hasBreaking(gaps)) return gaps;
      found.push(gaps);
    }
    if (candidates.length > 1) {
      const variants = this.#splitByField(narrow, candidates);
      if (variants !== undefined) {
        return variants.flatMap((variant) => this.#findInCandidates(variant, candidates, path));
      }
      if (candidates.every((candidate) => areDisjoint(narrow, candidate, this.#expander))) {
        return [breakingGap(path, 'variant', this.#toVariantWords(narrow))];
      }
    }
    // The alternative that is most alike explains the change best.
    return found
      .filter((_gaps, index) => {
        const candidate = candidates[index];
        return (
          candidate !== undefined &&
          (candidates.length === 1 || !areDisjoint(narrow, candidate, this.#expander))
        );
      })
      .reduce((best, gaps) => (gaps.length < best.length ? gaps : best));
  }

  #compare(narrow: Branch, wide: Branch, path: string): readonly Gap[] {
    this.#expander.countStep();
    const comparison: Comparison = {
      expander: this.#expander,
      side: this.#side,
      isStrict: this.#isStrict,
      findGaps: (a, b, place) => this.find(a, b, place),
      isSubset: (a, b) => this.#isSubset(a, b),
    };
    return [
      ...(wide.values === undefined ? [] : [breakingGap(path, 'enum', `any other ${wide.type}`)]),
      ...compareByType(narrow, wide, path, comparison),
      ...compareConstraints(narrow, wide, path, comparison),
    ];
  }

  /**
   * Splits an object by the values of one field that tells the candidates apart, so that each part can be
   * compared with the candidate that it belongs to.
   */
  #splitByField(narrow: Branch, candidates: readonly Branch[]): readonly Branch[] | undefined {
    if (narrow.type !== 'object' || narrow.shape.patterns.size > 0) return undefined;
    for (const name of narrow.required) {
      const values = this.#findValues(fieldSchema(narrow.shape, name));
      const isKnown = candidates.every(
        ({ shape }) => this.#findValues(fieldSchema(shape, name)) !== undefined,
      );
      if (isKnown && values !== undefined && values.length > 1 && values.length <= maxVariants) {
        return values.map((value) => ({
          ...narrow,
          shape: {
            ...narrow.shape,
            properties: new Map([...narrow.shape.properties, [name, [this.#toVariant(value)]]]),
          },
        }));
      }
    }
    return undefined;
  }

  #findValues(schema: Conjunction): readonly unknown[] | undefined {
    if (schema.length === 0) return undefined;
    const branches = this.#expander.expand(schema);
    const values = branches.flatMap((branch) => branch.values ?? []);
    return branches.every((branch) => branch.values !== undefined) ? values : undefined;
  }

  /** The same object for the same value, so that recursive comparisons recognize it. */
  #toVariant(value: unknown): Term {
    const text = toJsonText(value);
    const term = this.#variants.get(text) ?? { schema: { const: value }, root: true };
    this.#variants.set(text, term);
    return term;
  }

  #toVariantWords({ type, required, shape }: Branch): string {
    for (const name of type === 'object' ? required : []) {
      const values = isNothing(fieldSchema(shape, name))
        ? undefined
        : this.#findValues(fieldSchema(shape, name));
      if (values?.length === 1) return `objects with ${JSON.stringify(name)}: ${quoteValue(values[0])}`;
    }
    return `another kind of ${type}`;
  }
}

function compareByType(narrow: Branch, wide: Branch, path: string, comparison: Comparison): readonly Gap[] {
  switch (narrow.type) {
    case 'number':
      return compareNumbers(narrow, wide, path);
    case 'string':
      return compareStrings(narrow, wide, path);
    case 'array':
      return compareArrays(narrow, wide, path, comparison);
    case 'object':
      return compareObjects(narrow, wide, path, comparison);
    default:
      return [];
  }
}

function toTypeWords(type: JsonType): string {
  switch (type) {
    case 'null':
      return 'null';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    default:
      return `a ${type}`;
  }
}

function isSameText(a: Conjunction, b: Conjunction): boolean {
  const text = toText(a);
  return text !== undefined && text === toText(b);
}

function toText(conjunction: Conjunction): string | undefined {
  const texts = conjunction.flatMap(({ schema, root }) => toCanonicalText(schema, root) ?? []);
  return texts.length < conjunction.length ? undefined : [...new Set(texts)].sort().join('&');
}

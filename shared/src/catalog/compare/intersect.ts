import { toJsonText } from './canonical-text.ts';
import {
  fieldSchema,
  isAnything,
  isNothing,
  itemSchema,
  type Bound,
  type Branch,
  type Conjunction,
  type Constraint,
  type ObjectShape,
  type Term,
} from './branch.ts';

/** Returns the values that both branches have, or undefined if there are visibly none. */
export function intersectBranches(a: Branch, b: Branch): Branch | undefined {
  if (a.type !== b.type) return undefined;
  const values = intersectValues(a.values, b.values);
  const { shape, constraints } = intersectShapes(a.shape, b.shape);
  const merged: Branch = {
    type: a.type,
    values,
    isInteger: a.isInteger || b.isInteger,
    min: tighter(a.min, b.min, 1),
    max: tighter(a.max, b.max, -1),
    divisors: union(a.divisors, b.divisors),
    minSize: Math.max(a.minSize, b.minSize),
    maxSize: Math.min(a.maxSize, b.maxSize),
    patterns: union(a.patterns, b.patterns),
    formats: union(a.formats, b.formats),
    required: new Set([...a.required, ...b.required]),
    shape,
    prefix: Array.from({ length: Math.max(a.prefix.length, b.prefix.length) }, (_, index) => [
      ...itemSchema(a, index),
      ...itemSchema(b, index),
    ]),
    items: [...a.items, ...b.items],
    isUnique: a.isUnique || b.isUnique,
    constraints: [...a.constraints, ...b.constraints, ...constraints],
  };
  return isImpossible(merged) ? undefined : merged;
}

/** Whether a branch visibly has no value. */
export function isImpossible({ values, min, max, minSize, maxSize, required, shape }: Branch): boolean {
  if (values?.length === 0 || minSize > maxSize) return true;
  if (min !== undefined && max !== undefined) {
    if (min.value > max.value) return true;
    if (min.value === max.value && (min.isExclusive || max.isExclusive)) return true;
  }
  return shape.patterns.size === 0 && [...required].some((name) => isNothing(fieldSchema(shape, name)));
}

/** Returns the tighter of two bounds. `sign` is 1 for minimums and -1 for maximums. */
export function tighter(a: Bound | undefined, b: Bound | undefined, sign: 1 | -1): Bound | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.value === b.value) return a.isExclusive ? a : b;
  return a.value * sign > b.value * sign ? a : b;
}

function intersectValues(
  a: readonly unknown[] | undefined,
  b: readonly unknown[] | undefined,
): readonly unknown[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const texts = new Set(b.map(toJsonText));
  return a.filter((value) => texts.has(toJsonText(value)));
}

function intersectShapes(
  a: ObjectShape,
  b: ObjectShape,
): { readonly shape: ObjectShape; readonly constraints: readonly Constraint[] } {
  if (isTrivial(a)) return { shape: b, constraints: [] };
  if (isTrivial(b)) return { shape: a, constraints: [] };
  // Which fields a pattern selects is not computed, so the shape with patterns is compared by its text.
  if (a.source !== undefined || b.source !== undefined) {
    const [plain, patterned] = a.source === undefined ? [a, b] : [b, a];
    const constraints = patterned.source === undefined ? [] : [toTextConstraint(patterned.source)];
    return { shape: plain, constraints };
  }
  const names = union([...a.properties.keys()], [...b.properties.keys()]);
  const properties = new Map<string, Conjunction>(
    names.map((name) => [name, [...fieldSchema(a, name), ...fieldSchema(b, name)]]),
  );
  return {
    shape: {
      properties,
      patterns: new Map(),
      additional: [...a.additional, ...b.additional],
      source: undefined,
    },
    constraints: [],
  };
}

function toTextConstraint(term: Term): Constraint {
  return { kind: 'text', keyword: 'patternProperties', term };
}

function isTrivial({ properties, patterns, additional }: ObjectShape): boolean {
  return properties.size === 0 && patterns.size === 0 && isAnything(additional);
}

function union<T>(a: readonly T[], b: readonly T[]): readonly T[] {
  return [...new Set([...a, ...b])];
}

import { toCanonicalText } from './canonical-text.ts';
import {
  fieldSchema,
  isAnything,
  isNothing,
  type Branch,
  type Conjunction,
  type ObjectShape,
} from './branch.ts';
import { compareSizes } from './compare-values.ts';
import { breakingGap, toFieldPath, undecidedGap, type Comparison, type Gap } from './gap.ts';

/** Compares the fields of two objects. */
export function compareObjects(
  narrow: Branch,
  wide: Branch,
  path: string,
  comparison: Comparison,
): readonly Gap[] {
  const patterns = comparePatterns(narrow.shape, wide.shape, path, comparison);
  if (patterns === 'undecided') {
    return [undecidedGap(path, 'fields are matched by patternProperties, which changed')];
  }
  const names = [...new Set([...narrow.shape.properties.keys(), ...wide.shape.properties.keys()])];
  const fields = names.flatMap((name) => compareField(name, narrow, wide, { path, comparison }));
  // Fields that are required without being declared.
  const undeclared = [...wide.required].filter((name) => !names.includes(name) && !narrow.required.has(name));
  return [
    ...compareSizes(narrow, wide, path),
    ...fields,
    ...undeclared.map((name) => toRequiredGap(toFieldPath(path, name), name, comparison)),
    ...patterns,
    ...compareAdditional(narrow.shape, wide.shape, path, comparison),
  ];
}

interface Place {
  readonly path: string;
  readonly comparison: Comparison;
}

function compareField(
  name: string,
  narrow: Branch,
  wide: Branch,
  { path, comparison }: Place,
): readonly Gap[] {
  const place = toFieldPath(path, name);
  const isNarrow = narrow.shape.properties.has(name);
  const isWide = wide.shape.properties.has(name);
  const narrowSchema = fieldSchema(narrow.shape, name);
  const wideSchema = fieldSchema(wide.shape, name);
  const isMissing = wide.required.has(name) && !narrow.required.has(name);
  if (!isNarrow && isAnything(narrowSchema) && !comparison.isStrict) {
    if (comparison.side === 'receivers') {
      return [{ ...breakingGap(place, 'removed', `other values than before`), says: 'is removed' }];
    }
    return isMissing ? [toRequiredGap(place, name, comparison)] : [toAddedGap(place)];
  }
  if (isNothing(narrowSchema)) return isMissing ? [toRequiredGap(place, name, comparison)] : [];
  const required = isMissing ? [toRequiredGap(place, name, comparison)] : [];
  if (isNothing(wideSchema)) {
    const rule = isWide ? 'type' : 'additionalProperties';
    return [...required, { ...breakingGap(place, rule, 'a value'), says: toUnknownFieldWords(comparison) }];
  }
  return [...required, ...comparison.findGaps(narrowSchema, wideSchema, place)];
}

function toUnknownFieldWords({ side }: Comparison): string {
  return side === 'publishers'
    ? 'is no longer accepted, because the object allows no other fields'
    : 'is added to an object that allowed no other fields';
}

function toRequiredGap(place: string, name: string, { side }: Comparison): Gap {
  const says = side === 'publishers' ? 'is now required' : 'is no longer required';
  return { ...breakingGap(place, 'required', `objects without ${JSON.stringify(name)}`), says };
}

function toAddedGap(path: string): Gap {
  return { path, rule: 'added', what: '', says: 'is added and optional', isBreaking: false };
}

function compareAdditional(
  narrow: ObjectShape,
  wide: ObjectShape,
  path: string,
  { findGaps }: Comparison,
): readonly Gap[] {
  if (isAnything(wide.additional) || isNothing(narrow.additional)) return [];
  if (isNothing(wide.additional)) return [breakingGap(path, 'additionalProperties', 'other fields')];
  return findGaps(narrow.additional, wide.additional, `${path}.*`);
}

/** Compares fields by pattern. Which patterns overlap is not computed, so they have to be the same ones. */
function comparePatterns(
  narrow: ObjectShape,
  wide: ObjectShape,
  path: string,
  { findGaps }: Comparison,
): readonly Gap[] | 'undecided' {
  if (narrow.patterns.size === 0 && wide.patterns.size === 0) return [];
  if (isSameShape(narrow, wide)) return [];
  const names = [...narrow.properties.keys()].sort();
  const hasSameNames = names.join('\n') === [...wide.properties.keys()].sort().join('\n');
  const hasSamePatterns =
    narrow.patterns.size === wide.patterns.size &&
    [...wide.patterns.keys()].every((key) => narrow.patterns.has(key));
  if (!hasSameNames || !hasSamePatterns) return 'undecided';
  return [...wide.patterns].flatMap(([pattern, schema]) =>
    findGaps(narrow.patterns.get(pattern) ?? [], schema, `${path}[/${pattern}/]`),
  );
}

function isSameShape({ source }: ObjectShape, { source: other }: ObjectShape): boolean {
  if (source === undefined || other === undefined) return false;
  const text = toCanonicalText(source.schema, source.root);
  return text !== undefined && text === toCanonicalText(other.schema, other.root);
}

/** Compares the items of two lists. */
export function compareArrays(
  narrow: Branch,
  wide: Branch,
  path: string,
  comparison: Comparison,
): readonly Gap[] {
  const gaps: Gap[] = [...compareSizes(narrow, wide, path)];
  if (wide.isUnique && !narrow.isUnique && narrow.maxSize > 1) {
    gaps.push(breakingGap(path, 'uniqueItems', 'lists with equal items'));
  }
  const toItem = ({ prefix, items }: Branch, index: number): Conjunction => prefix[index] ?? items;
  const length = Math.max(narrow.prefix.length, wide.prefix.length);
  for (let index = 0; index < Math.min(length, narrow.maxSize, wide.maxSize); index += 1) {
    gaps.push(...comparison.findGaps(toItem(narrow, index), toItem(wide, index), `${path}[${index}]`));
  }
  if (Math.min(narrow.maxSize, wide.maxSize) > length) {
    gaps.push(...comparison.findGaps(narrow.items, wide.items, `${path}[]`));
  }
  return gaps;
}

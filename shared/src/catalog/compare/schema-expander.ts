import {
  findNumber,
  findReference,
  findSchema,
  isObject,
  listSchemas,
  listTexts,
  mapSchemas,
  type JsonSchema,
  type JsonSchemaObject,
} from '../json-schema.ts';
import {
  jsonTypeFromValue,
  jsonTypes,
  toBranch,
  type Bound,
  type Branch,
  type Conjunction,
  type ObjectShape,
  type Term,
} from './branch.ts';
import { followReferences } from './follow-references.ts';
import { hasApplicator, listConstraints } from './constraints.ts';
import { areDisjoint } from './disjoint.ts';
import { intersectBranches, isImpossible, tighter } from './intersect.ts';

/** Most branches of one schema. Combinations of `anyOf` multiply. */
const maxBranches = 256;

/** The comparison would take too long. */
export class TooComplex extends Error {}

/**
 * Turns schemas into branches. Expands each conjunction once, and only as deep as a comparison asks, so that
 * recursive schemas end.
 */
export class SchemaExpander {
  readonly #ids = new WeakMap<object, number>();
  readonly #expanded = new Map<string, readonly Branch[]>();
  readonly #terms = new Map<string, readonly Branch[]>();
  readonly #inProgress = new Set<string>();
  #steps: number;
  #lastId = 0;

  /** @param maxSteps Most schemas to expand and pairs to compare, in all. */
  constructor(maxSteps: number) {
    this.#steps = maxSteps;
  }

  /** @throws TooComplex if the work exceeds the limit. */
  countStep(): void {
    this.#steps -= 1;
    if (this.#steps < 0) throw new TooComplex();
  }

  /** Equal for conjunctions of the same schemas. */
  toKey(conjunction: Conjunction): string {
    return [...new Set(conjunction.map((term) => `${this.#toId(term.schema)}@${this.#toId(term.root)}`))]
      .sort()
      .join('&');
  }

  /** @throws TooComplex if there are too many branches, or a reference refers to itself. */
  expand(conjunction: Conjunction): readonly Branch[] {
    const key = this.toKey(conjunction);
    const known = this.#expanded.get(key);
    if (known !== undefined) return known;
    this.#inProgress.add(key);
    try {
      const branches = conjunction.reduce<readonly Branch[]>(
        (found, term) => intersect(found, this.#expandTerm(term, [])),
        jsonTypes.map(toBranch),
      );
      this.#expanded.set(key, branches);
      return branches;
    } finally {
      this.#inProgress.delete(key);
    }
  }

  /** Like `expand`. Returns undefined while the same conjunction is being expanded. */
  tryExpand(conjunction: Conjunction): readonly Branch[] | undefined {
    return this.#inProgress.has(this.toKey(conjunction)) ? undefined : this.expand(conjunction);
  }

  #expandTerm(given: Term, open: readonly JsonSchema[]): readonly Branch[] {
    // Two references to one schema then have the same branches, which `anyOf` counts once.
    const term = followReferences(given);
    const { schema, root } = term;
    this.countStep();
    if (schema === false) return [];
    if (!isObject(schema)) return jsonTypes.map(toBranch);
    if (open.includes(schema)) throw new TooComplex();
    const key = this.toKey([term]);
    const known = this.#terms.get(key);
    if (known !== undefined) return known;
    const branches = this.#expandObject(schema, root, [...open, schema]);
    this.#terms.set(key, branches);
    return branches;
  }

  #expandObject(schema: JsonSchemaObject, root: JsonSchema, inner: readonly JsonSchema[]): readonly Branch[] {
    const expand = (child: JsonSchema): readonly Branch[] => this.#expandTerm({ schema: child, root }, inner);

    let branches: readonly Branch[] = listOwnBranches(schema, root);
    const ref = schema['$ref'];
    if (typeof ref === 'string') {
      const target = findReference(root, ref);
      if (target !== undefined) branches = intersect(branches, expand(target));
    }
    for (const child of listSchemas(schema, 'allOf')) branches = intersect(branches, expand(child));
    if (schema['anyOf'] !== undefined) {
      branches = intersect(branches, [...new Set(listSchemas(schema, 'anyOf').flatMap(expand))]);
    }
    if (schema['oneOf'] !== undefined) {
      const options = listSchemas(schema, 'oneOf').map(expand);
      branches = intersect(branches, options.flat());
      if (!this.#areExclusive(options)) {
        branches = branches.map((branch) => ({
          ...branch,
          constraints: [
            ...branch.constraints,
            { kind: 'text', keyword: 'oneOf', term: { schema: { oneOf: schema['oneOf'] }, root } },
          ],
        }));
      }
    }
    return branches;
  }

  #areExclusive(options: readonly (readonly Branch[])[]): boolean {
    return options.every((option, index) =>
      options
        .slice(index + 1)
        .every((other) => option.every((a) => other.every((b) => areDisjoint(a, b, this)))),
    );
  }

  #toId(schema: JsonSchema): string {
    if (!isObject(schema)) return String(schema);
    const known = this.#ids.get(schema);
    if (known !== undefined) return String(known);
    this.#lastId += 1;
    this.#ids.set(schema, this.#lastId);
    return String(this.#lastId);
  }
}

function intersect(a: readonly Branch[], b: readonly Branch[]): readonly Branch[] {
  const found = a.flatMap((left) => b.flatMap((right) => intersectBranches(left, right) ?? []));
  if (found.length > maxBranches) throw new TooComplex();
  return found;
}

/** The branches of a schema's own keywords, without those that apply other schemas to the same value. */
function listOwnBranches(schema: JsonSchemaObject, root: JsonSchema): readonly Branch[] {
  const values = listValues(schema);
  const types = listTypes(schema);
  const constraints = listConstraints(schema, root);
  return jsonTypes.flatMap((type) => {
    const isInteger = type === 'number' && types !== undefined && !types.includes('number');
    if (types !== undefined && !types.includes(type) && !(isInteger && types.includes('integer'))) return [];
    const base = toBranch(type);
    const allowed = values?.filter((value) => jsonTypeFromValue(value) === type) ?? base.values;
    const branch: Branch = {
      ...base,
      values: isInteger ? allowed?.filter((value) => Number.isInteger(value)) : allowed,
      ...(type === 'number' ? readNumber(schema, isInteger) : {}),
      ...(type === 'string' ? readString(schema) : {}),
      ...(type === 'array' ? readArray(schema, root) : {}),
      ...(type === 'object' ? readObject(schema, root) : {}),
      constraints: constraints
        .filter(({ appliesTo }) => appliesTo === undefined || appliesTo === type)
        .map(({ constraint }) => constraint),
    };
    return isImpossible(branch) ? [] : [branch];
  });
}

function listTypes(schema: JsonSchemaObject): readonly string[] | undefined {
  return schema['type'] === undefined ? undefined : listTexts(schema, 'type');
}

function listValues(schema: JsonSchemaObject): readonly unknown[] | undefined {
  const list = schema['enum'];
  const values = Array.isArray(list) ? (list as readonly unknown[]) : undefined;
  if (!Object.hasOwn(schema, 'const')) return values;
  const text = JSON.stringify(schema['const']);
  return values === undefined || values.some((value) => JSON.stringify(value) === text)
    ? [schema['const']]
    : [];
}

function readNumber(schema: JsonSchemaObject, isIntegerType: boolean): Partial<Branch> {
  const divisor = findNumber(schema, 'multipleOf');
  const isInteger = isIntegerType || (divisor !== undefined && Number.isInteger(divisor));
  const min = tighter(toBound(schema, 'minimum', false), toBound(schema, 'exclusiveMinimum', true), 1);
  const max = tighter(toBound(schema, 'maximum', false), toBound(schema, 'exclusiveMaximum', true), -1);
  return {
    isInteger,
    min: isInteger ? toInclusive(min, 1) : min,
    max: isInteger ? toInclusive(max, -1) : max,
    divisors: divisor === undefined || divisor === 1 ? [] : [divisor],
  };
}

function toBound(schema: JsonSchemaObject, keyword: string, isExclusive: boolean): Bound | undefined {
  const value = findNumber(schema, keyword);
  return value === undefined ? undefined : { value, isExclusive };
}

/** The nearest whole number inside a bound. */
function toInclusive(bound: Bound | undefined, sign: 1 | -1): Bound | undefined {
  if (bound === undefined) return undefined;
  const rounded = sign === 1 ? Math.ceil(bound.value) : Math.floor(bound.value);
  const isOutside = bound.isExclusive && rounded === bound.value;
  return { value: isOutside ? rounded + sign : rounded, isExclusive: false };
}

function readString(schema: JsonSchemaObject): Partial<Branch> {
  return {
    minSize: findNumber(schema, 'minLength') ?? 0,
    maxSize: findNumber(schema, 'maxLength') ?? Infinity,
    patterns: listTexts(schema, 'pattern'),
    formats: listTexts(schema, 'format'),
  };
}

function readArray(schema: JsonSchemaObject, root: JsonSchema): Partial<Branch> {
  const prefix = listSchemas(schema, 'prefixItems').map((child): Conjunction => [{ schema: child, root }]);
  const items =
    findSchema(schema, 'items') ??
    (hasApplicator(schema) ? undefined : findSchema(schema, 'unevaluatedItems'));
  const maxSize = findNumber(schema, 'maxItems') ?? Infinity;
  const closed = prefix.findIndex(([first]) => first?.schema === false);
  const limits = [maxSize, ...(items === false ? [prefix.length] : []), ...(closed === -1 ? [] : [closed])];
  return {
    minSize: findNumber(schema, 'minItems') ?? 0,
    maxSize: Math.min(...limits),
    prefix,
    items: items === undefined ? [] : [{ schema: items, root }],
    isUnique: schema['uniqueItems'] === true,
  };
}

function readObject(schema: JsonSchemaObject, root: JsonSchema): Partial<Branch> {
  const toEntries = (keyword: string): Map<string, Conjunction> =>
    new Map(mapSchemas(schema, keyword).map(([name, child]) => [name, [{ schema: child, root }]]));
  const patterns = toEntries('patternProperties');
  const additional =
    findSchema(schema, 'additionalProperties') ??
    (hasApplicator(schema) ? undefined : findSchema(schema, 'unevaluatedProperties'));
  const shape: ObjectShape = {
    properties: toEntries('properties'),
    patterns,
    additional: additional === undefined ? [] : [{ schema: additional, root }],
    source: patterns.size === 0 ? undefined : { schema: toShapeSchema(schema, additional), root },
  };
  return {
    minSize: findNumber(schema, 'minProperties') ?? 0,
    maxSize: findNumber(schema, 'maxProperties') ?? Infinity,
    required: new Set(listTexts(schema, 'required')),
    shape,
  };
}

function toShapeSchema(
  { properties, patternProperties }: JsonSchemaObject,
  additional: JsonSchema | undefined,
): JsonSchema {
  return {
    ...(properties === undefined ? {} : { properties }),
    patternProperties,
    ...(additional === undefined ? {} : { additionalProperties: additional }),
  };
}

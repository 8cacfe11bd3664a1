import {
  findReference,
  findSchema,
  isObject,
  listSchemas,
  listTexts,
  mapSchemas,
  toPointer,
  type JsonSchema,
  type Subschema,
} from './json-schema.ts';
import type { SchemaProblem } from './schema-problem.ts';

/** How often schemas may validate one value. */
const maxCost = 1_000;

/** The schemas that one schema applies to a value. */
interface Applied {
  /** Applied to the value itself. Those in one group exclude each other early, so only one of them counts. */
  readonly inPlace: readonly (readonly JsonSchema[])[];
  /** Applied to parts of the value. Schemas of one group are for different parts. */
  readonly parts: readonly (readonly JsonSchema[])[];
}

/**
 * Finds schemas that take exponential time or do not end: references that double at each level, recursive
 * schemas that continue in more than one alternative, and references that refer to themselves. All references
 * must be valid.
 */
export function listCostProblems(root: JsonSchema, places: readonly Subschema[]): readonly SchemaProblem[] {
  const applied = new Map(places.map(({ schema }) => [schema, toApplied(schema, root)] as const));
  const nodes = [...applied.keys()];
  const loops = findComponents(nodes, (schema) => applied.get(schema)?.inPlace.flat() ?? []);
  const problem = places.find(({ schema }) =>
    isInLoop(schema, loops, applied.get(schema)?.inPlace.flat() ?? []),
  );
  if (problem !== undefined) {
    const message = 'refers to itself without a field or an item in between, so validation would not end';
    return [{ path: toPointer(problem.path), message }];
  }
  const components = findComponents(nodes, (schema) => listGroups(applied.get(schema)).flat());
  const costs = new Map<JsonSchema, number>();
  const toCost = (schema: JsonSchema): number => {
    const known = costs.get(schema);
    if (known !== undefined) return known;
    const outside = listGroups(applied.get(schema)).map((group) =>
      group.filter((child) => components.get(child) !== components.get(schema)).map(toCost),
    );
    // Capped, because references can double more often than a number can count.
    const cost = Math.min(
      1e9,
      outside.reduce((total, group) => total + Math.max(0, ...group), 1),
    );
    costs.set(schema, cost);
    return cost;
  };
  return places.flatMap(({ schema, path }) => {
    const recursive = listGroups(applied.get(schema)).filter((group) =>
      group.some((child) => components.get(child) === components.get(schema)),
    );
    const message =
      recursive.length > 1
        ? `is recursive in ${recursive.length} alternatives, which takes exponential time; use one, or give each ` +
          'alternative a different constant as its first field and require it'
        : toCost(schema) > maxCost
          ? `validates one value ${toCost(schema)} times; the limit is ${maxCost}`
          : undefined;
    return message === undefined ? [] : [{ path: toPointer(path), message }];
  });
}

function listGroups(applied: Applied | undefined): readonly (readonly JsonSchema[])[] {
  return applied === undefined ? [] : [...applied.inPlace, ...applied.parts];
}

function toApplied(schema: JsonSchema, root: JsonSchema): Applied {
  if (!isObject(schema)) return { inPlace: [], parts: [] };
  const find = (...keywords: readonly string[]): readonly JsonSchema[] =>
    keywords.flatMap<JsonSchema>((keyword) => findSchema(schema, keyword) ?? []);
  const ref = schema['$ref'];
  const target = typeof ref === 'string' ? findReference(root, ref) : undefined;
  const each: readonly JsonSchema[] = [
    ...(target === undefined ? [] : [target]),
    ...listSchemas(schema, 'allOf'),
    ...find('not', 'if', 'then', 'else'),
    ...mapSchemas(schema, 'dependentSchemas').map(([, child]) => child),
  ];
  const members: readonly JsonSchema[] = [
    ...mapSchemas(schema, 'properties').map(([, child]) => child),
    ...find('additionalProperties', 'items'),
    ...listSchemas(schema, 'prefixItems'),
  ];
  // Each of these validates the same parts again.
  const others: readonly JsonSchema[] = [
    ...mapSchemas(schema, 'patternProperties').map(([, child]) => child),
    ...find('contains', 'propertyNames', 'unevaluatedItems', 'unevaluatedProperties'),
  ];
  return {
    inPlace: [
      ...each.map((child) => [child]),
      ...toAlternatives(listSchemas(schema, 'anyOf'), root),
      ...toAlternatives(listSchemas(schema, 'oneOf'), root),
    ],
    parts: [...(members.length === 0 ? [] : [members]), ...others.map((child) => [child])],
  };
}

/** One group if a constant in the first field tells the alternatives apart before anything else is validated. */
function toAlternatives(
  options: readonly JsonSchema[],
  root: JsonSchema,
): readonly (readonly JsonSchema[])[] {
  const tags = options.map((option) => findTag(option, root));
  const isTagged = tags.every((tag) => tag !== undefined && tag.name === tags[0]?.name);
  const isDistinct = new Set(tags.map((tag) => tag?.value)).size === options.length;
  return isTagged && isDistinct ? [options] : options.map((option) => [option]);
}

interface Tag {
  readonly name: string;
  readonly value: string;
}

function findTag(option: JsonSchema, root: JsonSchema): Tag | undefined {
  if (!isObject(option)) return undefined;
  const ref = option['$ref'];
  const target = typeof ref === 'string' ? findReference(root, ref) : option;
  if (!isObject(target) || target['$ref'] !== undefined) return undefined;
  const [first] = mapSchemas(target, 'properties');
  if (first === undefined || !isObject(first[1]) || !Object.hasOwn(first[1], 'const')) return undefined;
  const [name, schema] = first;
  return listTexts(target, 'required').includes(name)
    ? { name, value: JSON.stringify(schema['const']) }
    : undefined;
}

function isInLoop(
  schema: JsonSchema,
  components: ReadonlyMap<JsonSchema, number>,
  next: readonly JsonSchema[],
): boolean {
  return isObject(schema) && next.some((child) => components.get(child) === components.get(schema));
}

/** Numbers the strongly connected components of a graph (Tarjan). Schemas with one number reach each other. */
function findComponents(
  nodes: readonly JsonSchema[],
  listNext: (node: JsonSchema) => readonly JsonSchema[],
): ReadonlyMap<JsonSchema, number> {
  const order = new Map<JsonSchema, number>();
  const components = new Map<JsonSchema, number>();
  const stack: JsonSchema[] = [];
  const visit = (node: JsonSchema): number => {
    const index = order.size;
    order.set(node, index);
    stack.push(node);
    let low = index;
    for (const next of listNext(node)) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (!components.has(next)) low = Math.min(low, order.get(next) ?? low);
    }
    if (low === index) {
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        components.set(member, index);
        if (member === node) break;
      }
    }
    return low;
  };
  for (const node of nodes) if (isObject(node) && !order.has(node)) visit(node);
  return components;
}

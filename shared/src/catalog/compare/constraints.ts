import {
  findNumber,
  findReference,
  findSchema,
  isAnnotation,
  isKnownKeyword,
  isObject,
  listTexts,
  mapSchemas,
  type JsonSchema,
  type JsonSchemaObject,
} from '../json-schema.ts';
import type { Conjunction, Constraint, JsonType } from './branch.ts';

/** A constraint, and the one type that it restricts. Undefined: all types. */
export interface TypedConstraint {
  readonly appliesTo: JsonType | undefined;
  readonly constraint: Constraint;
}

/** Keywords that apply further schemas to the same value, so that fields are evaluated elsewhere. */
const applicators = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas'];

export function hasApplicator(schema: JsonSchemaObject): boolean {
  return applicators.some((keyword) => schema[keyword] !== undefined);
}

/** Returns the constraints of a schema's own keywords that a branch does not express otherwise. */
export function listConstraints(schema: JsonSchemaObject, root: JsonSchema): readonly TypedConstraint[] {
  return [
    ...listLogic(schema, root),
    ...listForArrays(schema, root),
    ...listForObjects(schema, root),
    ...listTextual(schema, root),
  ];
}

function listLogic(schema: JsonSchemaObject, root: JsonSchema): readonly TypedConstraint[] {
  const toConjunction = (child: JsonSchema | undefined): Conjunction =>
    child === undefined ? [] : [{ schema: child, root }];
  const negated = findSchema(schema, 'not');
  const condition = findSchema(schema, 'if');
  const then = findSchema(schema, 'then');
  const otherwise = findSchema(schema, 'else');
  return [
    ...(negated === undefined
      ? []
      : [{ appliesTo: undefined, constraint: { kind: 'not', schema: toConjunction(negated) } } as const]),
    ...(condition === undefined || (then === undefined && otherwise === undefined)
      ? []
      : [
          {
            appliesTo: undefined,
            constraint: {
              kind: 'if',
              condition: { schema: condition, root },
              consequence: toConjunction(then),
              otherwise: toConjunction(otherwise),
            },
          } as const,
        ]),
  ];
}

function listForArrays(schema: JsonSchemaObject, root: JsonSchema): readonly TypedConstraint[] {
  const contains = findSchema(schema, 'contains');
  if (contains === undefined) return [];
  const min = findNumber(schema, 'minContains') ?? 1;
  const max = findNumber(schema, 'maxContains');
  return [
    { appliesTo: 'array', constraint: { kind: 'contains', schema: [{ schema: contains, root }], min, max } },
  ];
}

function listForObjects(schema: JsonSchemaObject, root: JsonSchema): readonly TypedConstraint[] {
  const names = findSchema(schema, 'propertyNames');
  const required = schema['dependentRequired'];
  const constraints: readonly Constraint[] = [
    ...(names === undefined ? [] : [{ kind: 'propertyNames', schema: [{ schema: names, root }] } as const]),
    ...(isObject(required)
      ? Object.keys(required).map(
          (key) => ({ kind: 'dependentRequired', key, names: listTexts(required, key) }) as const,
        )
      : []),
    ...mapSchemas(schema, 'dependentSchemas').map(
      ([key, child]) => ({ kind: 'dependentSchemas', key, schema: [{ schema: child, root }] }) as const,
    ),
  ];
  return constraints.map((constraint) => ({ appliesTo: 'object', constraint }));
}

/** Keywords that are only compared as text: unevaluated fields, references to nowhere, unknown keywords. */
function listTextual(schema: JsonSchemaObject, root: JsonSchema): readonly TypedConstraint[] {
  const unevaluated = ['unevaluatedProperties', 'unevaluatedItems'].filter(
    (keyword) => schema[keyword] !== undefined && hasApplicator(schema),
  );
  const ref = schema['$ref'];
  const isLost = ref !== undefined && (typeof ref !== 'string' || findReference(root, ref) === undefined);
  const unknown = Object.keys(schema).filter((keyword) => !isKnownKeyword(keyword) && !isAnnotation(keyword));
  return [
    // Which fields are evaluated depends on all other keywords of the schema, so all of it is compared.
    ...unevaluated.map((keyword) => ({ keyword, compared: schema })),
    ...(isLost ? ['$ref', ...unknown] : unknown).map((keyword) => ({
      keyword,
      compared: { [keyword]: schema[keyword] },
    })),
  ].map(({ keyword, compared }) => ({
    appliesTo: undefined,
    constraint: { kind: 'text', keyword, term: { schema: compared, root } },
  }));
}

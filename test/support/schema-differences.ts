import { compareSchemas } from '../../shared/src/catalog/compare-schemas.ts';
import type { JsonSchema } from '../../shared/src/catalog/json-schema.ts';

type Fields = Readonly<Record<string, JsonSchema>>;

/** An object schema. */
export const object = (
  properties: Fields,
  required: readonly string[] = [],
  more: object = {},
): JsonSchema => ({
  type: 'object',
  properties,
  required,
  ...more,
});

/** An object with the one field `f`, which is required. */
export const field = (schema: JsonSchema): JsonSchema => object({ f: schema }, ['f']);

/** Each difference as `path rule sides: message`. */
export function compare(before: JsonSchema, after: JsonSchema): readonly string[] {
  return compareSchemas(before, after).map(
    ({ path, rule, isBreakingForPublishers, isBreakingForReceivers, message }) =>
      `${path} ${rule} ${isBreakingForPublishers ? 'P' : ''}${isBreakingForReceivers ? 'R' : ''}: ${message}`,
  );
}

export const text = { type: 'string' };
/** A recursive schema. */
export const tree = (value: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { value, children: { type: 'array', items: { $ref: '#' } } },
  required: ['value'],
});

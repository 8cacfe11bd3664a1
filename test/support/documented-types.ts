import type { DocumentedType } from '../../server/src/services/event-types/documented-type.ts';
import { toDocumentedType } from '../../server/src/services/event-types/documented-type.ts';
import { createBuiltInTypes } from '../../server/src/services/event-types/built-in-types.ts';

export const builtInDocumented: readonly DocumentedType[] = createBuiltInTypes().map(toDocumentedType);

/** An event type of your own, as documents describe it. */
export function documentedType(fields: Partial<DocumentedType> = {}): DocumentedType {
  return {
    type: 'invoice.paid',
    family: null,
    subscribable: true,
    version: 1,
    description: 'An invoice is paid in full.',
    example: { invoiceId: 'inv_1' },
    hasAppId: false,
    schema: { type: 'object', properties: { invoiceId: { type: 'string' } }, required: ['invoiceId'] },
    ...fields,
  };
}

/** Schemas that are hard to embed: recursion, references, and data that looks like a reference. */
export const hardTypes: readonly DocumentedType[] = [
  documentedType(),
  documentedType({
    type: 'tree.grown',
    example: { root: { name: 'a', children: [{ name: 'b', children: [] }] } },
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { root: { $ref: '#/$defs/node' }, self: { $ref: '#' } },
      required: ['root'],
      $defs: {
        node: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
          required: ['name'],
        },
      },
    },
  }),
  documentedType({
    type: 'tree.pair',
    example: { pair: ['a', 1], $ref: '#', link: { $ref: '#' } },
    schema: {
      type: 'object',
      properties: {
        pair: { type: 'array', prefixItems: [{ type: 'string' }, { $ref: '#/$defs/count' }] },
        $ref: { const: '#' },
        link: { const: { $ref: '#' } },
      },
      required: ['pair'],
      $defs: { count: { type: 'integer' } },
    },
  }),
  // Their identifiers would be the same.
  documentedType({ type: 'tree_pair' }),
  documentedType({
    type: 'tree.pair.data',
    hasAppId: true,
    schema: {
      type: 'object',
      properties: { appId: { type: 'string' } },
      required: ['appId'],
    },
    example: { appId: 'app_1' },
  }),
  documentedType({ type: 'tree.huge', schema: undefined, example: undefined }),
];

import { describe, expect, it } from 'vitest';
import { maxSearchableFields } from '../../../shared/src/catalog/event-definition.ts';
import * as z from 'zod';
import {
  checkSchemaBounds,
  compareSchemas,
  eventCatalog,
  listSearchableFields,
  markSearchable,
  toPayloadJsonSchema,
} from '@tocsin/shared';

const mark = { 'x-searchable': true };

describe('searchable fields', () => {
  it('of the built-in events name a customer or a license', () => {
    const marked = Object.fromEntries(
      Object.entries(eventCatalog).map(([type, { searchable }]) => [type, searchable.join()]),
    );
    expect(marked).toEqual({
      'user.login': 'userId,username',
      'user.register': 'userId,username,licenseKey',
      'user.ban': 'userId,username',
      'license.activate': 'licenseId,key,activatedBy',
      'license.expire': 'licenseId,key,userId',
      'license.delete': 'licenseId,key',
      'file.download': 'userId,username',
      'session.create': 'userId,username',
      'license.validated': 'licenseKey',
      'license.created': 'licenseKey',
      'license.revoked': 'licenseKey',
      'license.activated': 'licenseKey',
      'license.hwid_bound': 'licenseKey',
      'license.hwid_reset': 'licenseKey',
      'license.deleted': 'licenseKey',
      'test.ping': 'licenseKey',
      test: '',
    });
  });

  it('are read from a JSON Schema, in objects and in lists', () => {
    const schema = {
      type: 'object',
      properties: {
        email: { type: 'string', ...mark },
        name: { type: 'string' },
        customer: { type: 'object', properties: { id: { type: 'string', ...mark } } },
        seats: { type: 'array', items: { type: 'object', properties: { user: { ...mark } } } },
        tags: { type: 'array', items: { type: 'string', ...mark } },
      },
    };
    expect(listSearchableFields(schema)).toEqual(['email', 'customer.id', 'seats.user', 'tags']);
    expect(checkSchemaBounds(schema)).toEqual([]);
    expect(
      compareSchemas(schema, {
        ...schema,
        properties: { ...schema.properties, name: { type: 'string', ...mark } },
      }),
    ).toEqual([]);
  });

  it('are at most five levels deep, and never the data itself', () => {
    const nest = (levels: number): object =>
      levels === 0 ? mark : { type: 'object', properties: { a: nest(levels - 1) } };
    expect(listSearchableFields({ ...nest(5) })).toEqual(['a.a.a.a.a']);
    expect(listSearchableFields({ ...nest(6) })).toEqual([]);
    expect(listSearchableFields({ ...nest(1), ...mark })).toEqual(['a']);
    expect(listSearchableFields({ type: 'array', items: { ...nest(4) } })).toEqual(['a.a.a.a']);
    expect(listSearchableFields({ type: 'array', items: { ...nest(5) } })).toEqual([]);
    const many = Object.fromEntries(
      Array.from({ length: maxSearchableFields + 1 }, (_, n) => [`f${n}`, mark]),
    );
    expect(listSearchableFields({ properties: many })).toEqual(Object.keys(many).slice(0, -1));
  });

  it('can be marked in a schema of zod', () => {
    const schema = z.object({ email: z.email().meta(mark), name: z.string() });
    expect(listSearchableFields(toPayloadJsonSchema('a.b', schema))).toEqual(['email']);
  });

  it('are written into a JSON Schema, which keeps everything else', () => {
    const schema = toPayloadJsonSchema(
      'a.b',
      z.object({ email: z.string(), seats: z.array(z.object({ user: z.string() })), open: z.boolean() }),
    );
    const paths = ['email', 'seats.user', 'missing', 'open.missing'];
    const marked = markSearchable(schema, paths);
    expect(listSearchableFields(marked)).toEqual(['email', 'seats.user']);
    expect(compareSchemas(schema, marked)).toEqual([]);
    expect(listSearchableFields(schema)).toEqual([]);
    const open = { type: 'object', items: true, properties: { a: true, b: {} } };
    expect(markSearchable(open, ['a', 'b', 'toString'])).toEqual({
      ...open,
      properties: { a: true, b: mark },
    });
  });
});

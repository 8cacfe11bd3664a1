import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { readInputHeaders } from '../../../server/src/transport/rest/v2/input-headers.ts';
import { toLinkToNext } from '../../../server/src/transport/rest/v2/link-header.ts';
import { createQueryReader } from '../../../server/src/transport/rest/v2/query.ts';

describe('headers that set fields', () => {
  const input = z.strictObject({
    idempotencyKey: z.string().optional(),
    expectedRevision: z.int().optional(),
  });

  it('set them', () => {
    const headers = { 'idempotency-key': 'k', 'if-match': '"3"' };
    expect(readInputHeaders(headers, input, {})).toEqual({ idempotencyKey: 'k', expectedRevision: 3 });
    expect(readInputHeaders(headers, input, { expectedRevision: 3 })).toMatchObject({ expectedRevision: 3 });
    expect(readInputHeaders({ 'if-match': '*' }, input, {})).toEqual({});
    expect(readInputHeaders({}, input, {})).toEqual({});
  });

  it('must not contradict the input', () => {
    expect(() => readInputHeaders({ 'if-match': '"3"' }, input, { expectedRevision: 4 })).toThrow(
      'If-Match: differs from expectedRevision of the input; send one of them',
    );
  });

  it('are rejected by name if the operation does not have them', () => {
    const headers = { 'idempotency-key': 'k', 'if-match': '"3"' };
    expect(() => readInputHeaders(headers, z.strictObject({}), {})).toThrow(
      'Idempotency-Key: this operation does not support the header; leave it out; If-Match: this',
    );
  });
});

describe('a query', () => {
  const read = createQueryReader({
    n: z.coerce.number().default(5),
    hours: z.union([z.literal(1), z.literal(24)]).optional(),
    yes: z.boolean().optional(),
    list: z.array(z.int()).optional(),
    texts: z.array(z.string()).nullish(),
    id: z.string().regex(/^id_/).nullish(),
    cursor: z.string().nullish(),
  });

  it.each([
    [{ n: '-1.5' }, { n: -1.5 }],
    [{ n: '1e3' }, { n: Number.NaN }],
    [{ n: '' }, { n: Number.NaN }],
    [{ n: ['1', '2'] }, { n: ['1', '2'] }],
    [{ hours: '24' }, { hours: 24 }],
    [{ yes: 'true' }, { yes: true }],
    [{ yes: 'false' }, { yes: false }],
    [{ yes: '1' }, { yes: '1' }],
    [{ list: '1' }, { list: [1] }],
    [{ list: ['1', 'x'] }, { list: [1, Number.NaN] }],
    [{ texts: 'a,b' }, { texts: ['a,b'] }],
    [{ id: 'null' }, { id: null }],
    [{ cursor: 'null' }, { cursor: 'null' }],
    [{ unknown: '1' }, { unknown: '1' }],
  ])('%j has the values %j', (query, input) => {
    expect(read(query)).toEqual(input);
  });
});

it('the link to the next page keeps the other parameters', () => {
  expect(toLinkToNext('/api/v1/events?limit=2&cursor=a&event=x.y', 'b c')).toBe(
    '</api/v1/events?limit=2&cursor=b+c&event=x.y>; rel="next"',
  );
});

import { describe, expect, it } from 'vitest';
import {
  listFieldsWith,
  toSearchValue,
  toSearchValues,
} from '../../../../server/src/services/search/search-values.ts';

const hash = (value: unknown) => toSearchValue(value) ?? '';

describe('search values', () => {
  it('are short hashes of the marked fields, and of nothing else', () => {
    const data = { userId: 'usr_1', username: 'alice', ip: '192.0.2.1' };
    const values = toSearchValues(['userId', 'username', 'missing'], data);
    expect(values).toEqual([hash('usr_1'), hash('alice')]);
    expect(values?.map((value) => value.length)).toEqual([12, 12]);
  });

  it('are none for an event without marked fields, or without their values', () => {
    expect(toSearchValues([], { userId: 'usr_1' })).toBeUndefined();
    expect(
      toSearchValues(['a', 'b', 'c.d', 'e'], { a: '', b: null, c: 'text', e: { f: 1 } }),
    ).toBeUndefined();
  });

  it('do not depend on case, on space around them, and on the Unicode form', () => {
    expect(hash(' Alice@Example.COM\n')).toBe(hash('alice@example.com'));
    expect(hash('Zoe\u0308')).toBe(hash('zoë'));
    expect(hash('alice')).not.toBe(hash('alicia'));
    expect(hash(42)).toBe(hash('42'));
  });

  it('are found in objects and lists', () => {
    const data = {
      customer: { emails: ['a@x.example', 'b@x.example'] },
      seats: [{ user: 'u1' }, { user: 'u2' }],
    };
    expect(toSearchValues(['customer.emails', 'seats.user'], data)).toEqual(
      ['a@x.example', 'b@x.example', 'u1', 'u2'].map(hash),
    );
    expect(listFieldsWith(['customer.emails', 'seats.user'], data, hash('U2'))).toEqual(['seats.user']);
    expect(toSearchValues(['a.b'], { 'a.b': 'dotted' })).toEqual([hash('dotted')]);
    expect(toSearchValues(['constructor.name', 'toString'], {})).toBeUndefined();
  });

  it('are at most eight of at most 200 characters', () => {
    const many = Array.from({ length: 20 }, (_, index) => `v${index}`);
    expect(toSearchValues(['many'], { many })).toHaveLength(8);
    expect(toSearchValue('x'.repeat(200))).toBeDefined();
    expect(toSearchValue('x'.repeat(201))).toBeUndefined();
  });
});

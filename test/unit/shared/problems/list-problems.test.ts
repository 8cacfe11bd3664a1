import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import {
  createWebhookInput,
  listProblems,
  pageInput,
  setLimitsInput,
  statsInput,
  toProblemsText,
  updateWebhookInput,
} from '@tocsin/shared';

const textOf = (schema: z.ZodType, value: unknown) => toProblemsText(listProblems(schema, value));
/** The message about one field. */
const of = (field: z.ZodType, value: unknown) => textOf(z.object({ a: field }), { a: value });

describe('the problems of a value', () => {
  it('are none if the schema accepts it', () => {
    expect(listProblems(z.object({ a: z.string() }), { a: 'x' })).toEqual([]);
  });

  it.each([
    [z.string(), undefined, 'is missing; it must be a string'],
    [z.string().nullable(), undefined, 'is missing; it must be a string'],
    [z.string(), null, 'must be a string, not null'],
    [z.string(), ['x'], 'must be a string, not an array'],
    [z.boolean(), 'true', 'must be a boolean, not a string'],
    [z.boolean(), '', 'must be a boolean, not an empty string'],
    [z.array(z.string()), {}, 'must be an array, not an object'],
    [z.record(z.string(), z.string()), 1, 'must be an object, not a number'],
    [z.number(), Number.NaN, 'must be a number'],
    [z.coerce.number().int(), 'abc', 'must be a whole number'],
    [z.number(), Number.POSITIVE_INFINITY, 'must be a number, not infinity'],
    [z.int(), 1.5, 'must be a whole number, not a fraction'],
    [z.date(), new Date(Number.NaN), 'must be a date, not an invalid date'],
    [z.bigint(), 1, 'must be a bigint, not a number'],
    [z.never(), 1, 'must be left out'],
    [z.tuple([z.string()]), [], 'must not be empty'],
    [z.tuple([z.string()]), {}, 'must be an array, not an object'],
    [z.object({}), [], 'must be an object, not an array'],
    [z.set(z.string()), [], 'must be a set, not an array'],
    [z.map(z.string(), z.string()), new Date(0), 'must be a map, not a date'],
    [z.null(), 1n, 'must be null, not a bigint'],
    [z.nan(), 1, 'must be NaN, not a number'],
    [z.nan(), Number.NEGATIVE_INFINITY, 'must be NaN, not infinity'],
    [z.date(), '2026-01-31', 'must be a date, not a string'],
    [z.string(), Symbol('x'), 'must be a string, not a symbol'],
    [z.string(), () => 1, 'must be a string, not a function'],
    [z.string(), false, 'must be a string, not a boolean'],
    [z.string(), 1.5, 'must be a string, not a fraction'],
    [z.int(), '1', 'must be a whole number, not a string'],
    [z.int(), undefined, 'is missing; it must be a whole number'],
    [z.symbol(), 1, 'is not valid'],
    [z.symbol(), undefined, 'is missing'],
    [z.undefined(), 1, 'must be left out'],
    [z.void(), 1, 'must be left out'],
    [z.string().optional().nonoptional(), undefined, 'is missing; it must be a string'],
    [z.string().default('x'), 1, 'must be a string, not a number'],
    [z.string().transform(Number), 1, 'must be a string, not a number'],
  ])('name the kind of a value: %#', (field, value, message) => {
    expect(of(field, value)).toBe(`a: ${message}`);
  });

  it.each([
    [z.string().min(1), '', 'must not be empty'],
    [z.string().min(2), 'x', 'must have at least 2 characters, has 1'],
    [z.string().min(2), '', 'must have at least 2 characters, has 0'],
    [z.string().length(1), '', 'must have exactly 1 character, has 0'],
    [z.string().max(1), 'secret', 'must have at most 1 character, has 6'],
    [z.string().length(3), 'ab', 'must have exactly 3 characters, has 2'],
    [z.array(z.int()).max(2), [1, 2, 3], 'must have at most 2 items, has 3'],
    [z.array(z.int()).length(1), [1, 2], 'must have exactly 1 item, has 2'],
    [z.set(z.int()).min(2), new Set([1]), 'must have at least 2 items, has 1'],
    [z.set(z.int()).min(1), new Set(), 'must not be empty'],
    [z.map(z.int(), z.int()).min(2), new Map([[1, 1]]), 'must have at least 2 entries, has 1'],
    [
      z.map(z.int(), z.int()).max(1),
      new Map([
        [1, 1],
        [2, 2],
      ]),
      'must have at most 1 entry, has 2',
    ],
    [z.number().min(0.1), 0, 'must be at least 0.1'],
    [z.number().min(1), 0, 'must be at least 1'],
    [z.bigint().max(3n), 4n, 'must be at most 3'],
    [z.date().max(new Date(0)), new Date(1), 'must not be after 1970-01-01T00:00:00.000Z'],
    [z.number().max(10), 11, 'must be at most 10'],
    [z.number().gt(3), 3, 'must be greater than 3'],
    [z.number().lt(3), 3, 'must be less than 3'],
    [z.number().multipleOf(5), 3, 'must be a multiple of 5'],
    [z.date().min(new Date(0)), new Date(-1), 'must not be before 1970-01-01T00:00:00.000Z'],
    [z.int(), 2 ** 60, 'must be at most 9007199254740991'],
  ])('name a limit, and the length that exceeds it: %#', (field, value, message) => {
    expect(of(field, value)).toBe(`a: ${message}`);
  });

  it.each([
    [z.iso.datetime(), '2026-02-30T00:00:00Z', 'a valid ISO 8601 time, such as 2026-01-31T09:30:00Z'],
    [z.iso.date(), 'soon', 'a valid ISO 8601 date, such as 2026-01-31'],
    [z.email(), '', 'an email address, not an empty string'],
    [z.iso.time(), '25:00', 'a valid ISO 8601 time of day, such as 09:30:00'],
    [z.iso.duration(), '1h', 'a valid ISO 8601 duration, such as PT1H'],
    [z.email(), 'x', 'an email address'],
    [z.url(), 'x', 'an absolute URL'],
    [z.hostname(), '-', 'a host name'],
    [z.ipv4(), '1.2.3', 'an IPv4 address'],
    [z.ipv6(), '1.2.3.4', 'an IPv6 address'],
    [z.cidrv4(), '10.0.0.0', 'an IPv4 range, such as 10.0.0.0/8'],
    [z.cidrv6(), '10.0.0.0/8', 'an IPv6 range'],
    [z.uuid(), 'x', 'a UUID'],
    [z.guid(), 'x', 'a UUID'],
    [z.base64(), '-', 'base64 text'],
    [z.base64url(), '+', 'base64url text'],
    [z.e164(), '1', 'a phone number in E.164 form, such as +14155550123'],
    [z.jwt(), 'x', 'a JSON Web Token'],
    [z.string().lowercase(), 'X', 'in lower case'],
    [z.string().uppercase(), 'x', 'in upper case'],
    [z.ulid(), 'x', 'a valid ulid'],
    [z.stringFormat('order_number', () => false), 'x', 'a valid order number'],
  ])('name a format: %#', (field, value, message) => {
    expect(of(field, value)).toBe(`a: must be ${message}`);
  });

  it.each([
    [z.string().startsWith('x'), 'must start with "x"'],
    [z.string().endsWith('x'), 'must end with "x"'],
    [z.string().includes('x'), 'must contain "x"'],
    [z.string().regex(/^a$/), 'must match the pattern /^a$/'],
    [z.string().regex(new RegExp(`^${'a'.repeat(116)}$`)), `must match the pattern /^${'a'.repeat(116)}$/`],
    [z.string().regex(new RegExp(`^${'a'.repeat(117)}$`)), 'must match its pattern'],
    [z.templateLiteral(['x', z.int()]), String.raw`must match the pattern ^x-?\d+$`],
  ])('name what a text must have: %#', (field, message) => {
    expect(of(field, 'y')).toBe(`a: ${message}`);
  });

  it('keep the message of the schema itself', () => {
    expect(
      of(
        z.string().refine(() => false, 'must rhyme'),
        'x',
      ),
    ).toBe('a: must rhyme');
    expect(
      of(
        z.custom(() => false),
        'x',
      ),
    ).toBe('a: is not valid');
  });

  it('list the allowed values and suggest the nearest', () => {
    const format = z.enum(['json', 'slack']);
    expect(of(format, 'slak')).toBe('a: must be one of "json", "slack"; did you mean "slack"?');
    expect(of(format, 'whsec_secret')).toBe('a: must be one of "json", "slack"');
    expect(of(format, 7)).toBe('a: must be one of "json", "slack", not a number');
    expect(of(format, undefined)).toBe('a: is missing; it must be one of "json", "slack"');
    expect(textOf(statsInput, { hours: 5 })).toBe('hours: must be one of 1, 24, 168');
    expect(textOf(statsInput, { hours: '5' })).toBe('hours: must be one of 1, 24, 168, not a string');
  });

  it('list the first 30 allowed values, and every value of an enum that is also a number', () => {
    const many = Array.from({ length: 32 }, (_, n) => `v${n}`);
    expect(of(z.enum(many), 'x')).toMatch(/^a: must be one of "v0", .*, "v29" and 2 more$/);
    expect(of(z.enum(many.slice(0, 30)), 'x')).toMatch(/"v28", "v29"$/);
    expect(of(z.literal([1n, 2n]), 3n)).toBe('a: must be one of 1, 2');
    expect(of(z.literal('yes'), 'no')).toBe('a: must be "yes"');
  });

  it('of a field that may be one of several kinds name all of them', () => {
    const field = z.union([z.string(), z.int(), z.null(), z.literal('auto')]);
    expect(of(field, true)).toBe('a: must be "auto", a string, a whole number or null, not a boolean');
    expect(of(z.union([z.string(), z.symbol()]), 1)).toBe('a: is not valid');
    expect(of(z.union([z.string().nullable(), z.int()]), true)).toBe(
      'a: must be a string, null or a whole number, not a boolean',
    );
    expect(of(z.union([z.string().transform(Number), z.number()]), true)).toBe(
      'a: must be a string or a number, not a boolean',
    );
    const both = z.union([z.object({ x: z.int(), y: z.int() }), z.object({ x: z.int(), z: z.int() })]);
    expect(of(both, { x: 'a', z: 1 })).toBe('a.x: must be a whole number, not a string');
    expect(of(z.union([z.string(), z.string().max(3)]), 1)).toBe('a: must be a string, not a number');
    expect(of(z.union([z.string(), z.int()]).optional(), null)).toBe(
      'a: must be a string or a whole number, not null',
    );
  });

  it('of a union name its alternatives, or those of the alternative that was meant', () => {
    const backlog = (value: unknown) => textOf(updateWebhookInput, { id: 'wh_0123456789ab', backlog: value });
    expect(backlog('sned')).toBe(
      'backlog: must be one of "send", "cancel" or an object; did you mean "send"?',
    );
    expect(backlog(5)).toBe('backlog: must be one of "send", "cancel" or an object, not a number');
    expect(backlog({ sinze: 'x' })).toBe(
      'backlog.since: is missing; it must be a string; backlog.sinze: unknown field; did you mean "since"?',
    );
    const kinds = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('square'), x: z.number() }),
      z.object({ kind: z.literal('circle') }),
    ]);
    expect(of(kinds, { kind: 'sqare' })).toBe(
      'a.kind: must be one of "square", "circle"; did you mean "square"?',
    );
    expect(of(kinds, {})).toBe('a.kind: is missing; it must be one of "square", "circle"');
    expect(of(kinds, { kind: 'square', x: 'y' })).toBe('a.x: must be a number, not a string');
    const limits = { apps: 'many', webhooks: 1e9, appz: 1 };
    expect(textOf(setLimitsInput, { accountId: 'acc_1234', limits })).toBe(
      'limits.apps: must be "unlimited", a whole number or null; limits.webhooks: must be at most 100000; limits.appz: unknown field; did you mean "apps"?',
    );
  });

  it('of an element of a map name what is wrong with it', () => {
    expect(of(z.map(z.int(), z.int()), new Map([['x', 1]]))).toContain(
      'must be a whole number, not a string',
    );
  });

  it('of a key name the key', () => {
    expect(of(z.record(z.string().regex(/^[a-z]$/), z.int()), { A: 1 })).toBe(
      'a.A: its name must match the pattern /^[a-z]$/',
    );
  });

  it.each([
    ['app_id', 'did you mean "appId"?'],
    ['descripton', 'did you mean "description"?'],
    ['endpoint', 'did you mean "url"?'],
    ['payload', 'known are'],
  ])('suggest for the unknown field %s', (name, hint) => {
    const webhook = { appId: 'a', url: 'https://x.example', events: ['user.login'] };
    expect(textOf(createWebhookInput, { ...webhook, [name]: 'whsec_secret' })).toMatch(
      `${name}: unknown field; ${hint}`,
    );
  });

  it('suggest the only missing field for the only unknown one', () => {
    expect(textOf(z.strictObject({ color: z.string() }), { hue: 'x' })).toBe(
      'color: is missing; it must be a string; hue: unknown field; did you mean "color"?',
    );
    expect(textOf(pageInput, { zzz: 1 })).toBe('zzz: unknown field; known are cursor, limit');
    expect(textOf(z.strictObject({}), { a: 1 })).toBe('a: unknown field; none is allowed here');
    expect(textOf(z.strictObject({ color: z.string().optional() }), { hue: 1 })).toBe(
      'hue: unknown field; known is color',
    );
    expect(textOf(z.strictObject({ color: z.string() }), { hue: 1, tint: 1 })).not.toContain('did you mean');
    expect(textOf(z.strictObject({ color: z.string(), size: z.int() }), { color: 'x', hue: 1 })).toContain(
      'hue: unknown field; did you mean "size"?',
    );
    const wide = Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`f${n}`, z.int().optional()]));
    expect(textOf(z.strictObject(wide), { hue: 1 })).toBe('hue: unknown field');
  });

  it('of the value itself say what it is', () => {
    expect(textOf(z.object({}), undefined)).toBe('the input is missing; it must be an object');
    expect(listProblems(z.object({}), [], 'the body')).toEqual([
      { path: '', message: 'the body must be an object, not an array' },
    ]);
  });

  it('are all found, and a text names the first 20 and counts the others', () => {
    const value = Object.fromEntries(Array.from({ length: 25 }, (_none, index) => [`key${index}`, 1]));
    expect(listProblems(z.strictObject({}), value)).toHaveLength(25);
    const text = textOf(z.strictObject({}), value);
    expect(text.split('; and ')[1]).toBe('5 more');
    expect(text).not.toContain('key20');
    const twenty = Object.fromEntries(
      Object.keys(value)
        .slice(0, 20)
        .map((key) => [key, 1]),
    );
    expect(textOf(z.strictObject({}), twenty)).not.toContain('more');
  });

  it('cut a long path', () => {
    const [problem] = listProblems(z.record(z.string(), z.int()), { ['x'.repeat(500)]: 'y' });
    expect(problem?.path).toBe(`${'x'.repeat(200)}…`);
    const [whole] = listProblems(z.record(z.string(), z.int()), { ['x'.repeat(200)]: 'y' });
    expect(whole?.path).toBe('x'.repeat(200));
  });

  it('never contain the value', () => {
    const secret = 'whsec_0123456789abcdef';
    const fields = {
      s: z.int(),
      e: z.enum(['a']),
      u: z.union([z.int(), z.null()]),
      f: z.email(),
      m: z.string().max(2),
    };
    const value = Object.fromEntries(Object.keys(fields).map((name) => [name, secret]));
    const text = textOf(z.object(fields), value);
    expect(text.split('; ')).toHaveLength(5);
    expect(text).not.toContain(secret);
  });
});

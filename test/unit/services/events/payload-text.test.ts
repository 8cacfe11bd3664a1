import { describe, expect, it } from 'vitest';
import { getEventDefinition } from '@tocsin/shared';
import { isTocsinError } from '../../../../server/src/domain/errors.ts';
import { toPayloadText as toText } from '../../../../server/src/services/event-types/payload-text.ts';
import { builtInVersion } from '../../../support/event-types.ts';

const toPayloadText = (type: string, appId: string, data: Readonly<Record<string, unknown>>) =>
  toText(builtInVersion(type), appId, data);

const login = { userId: 'u', username: 'n', ip: '192.0.2.1', hwid: 'h' };

/** The code and message of the error. */
function errorOf(act: () => unknown): [string, string] {
  try {
    act();
  } catch (error) {
    if (isTocsinError(error)) return [error.code, error.message];
    throw error;
  }
  throw new Error('no error was thrown');
}

describe('the text of a payload', () => {
  it('has the appId of the call filled in at its place in the schema', () => {
    expect(toPayloadText('user.login', 'app_1', login)).toBe(
      '{"userId":"u","username":"n","ip":"192.0.2.1","hwid":"h","appId":"app_1"}',
    );
    expect(toPayloadText('license.revoked', 'app_1', { status: 'revoked', licenseKey: 'K' })).toBe(
      '{"licenseKey":"K","appId":"app_1","status":"revoked"}',
    );
  });

  it('keeps unknown fields after the known ones', () => {
    expect(
      toPayloadText('license.revoked', 'a', { z: 1, status: 'revoked', licenseKey: 'K', b: { c: null } }),
    ).toBe('{"licenseKey":"K","appId":"a","status":"revoked","z":1,"b":{"c":null}}');
  });

  it('is the same for every order of the same fields', () => {
    const reversed = Object.fromEntries(Object.entries(login).reverse());
    expect(toPayloadText('user.login', 'a', reversed)).toBe(toPayloadText('user.login', 'a', login));
  });

  it.each([
    ['another app', 'app_2', 'data.appId: "app_2" does not match the app app_1 of this call'],
    ['a number', 17, 'data.appId: a value of type number does not match the app app_1 of this call'],
    ['null', null, 'data.appId: a value of type object does not match the app app_1 of this call'],
  ])('is refused with %s as data.appId', (_name, appId, message) => {
    expect(errorOf(() => toPayloadText('user.login', 'app_1', { ...login, appId }))).toEqual([
      'INVALID_INPUT',
      message,
    ]);
  });

  it('is refused with the path of the wrong field and the event, not with its value', () => {
    const [code, message] = errorOf(() =>
      toPayloadText('user.login', 'a', { ...login, ip: { secret: 'hunter2' } }),
    );
    expect(code).toBe('INVALID_INPUT');
    expect(message).toMatch(/^data\.ip: .*string.*\(event user\.login\)$/);
    expect(message).not.toContain('hunter2');
  });

  it('is refused with every wrong field, up to twenty', () => {
    const { ip: _, ...missing } = login;
    const [, message] = errorOf(() => toPayloadText('user.login', 'a', { ...missing, hwid: 7 }));
    expect(message).toMatch(/^data\.ip: .+; data\.hwid: .+ \(event user\.login\)$/);
    const many = {
      ...builtInVersion('user.login'),
      validate: () => ({
        problems: Array.from({ length: 23 }, (_value, n) => ({ path: `list.${n}`, message: 'is wrong' })),
      }),
    };
    const [, long] = errorOf(() => toText(many, 'a', login));
    expect(long).toMatch(
      /^data\.list\.0: is wrong; .*data\.list\.19: is wrong; and 3 more \(event user\.login\)$/,
    );
  });

  it('has an appId only if the schema has one', () => {
    const own = {
      ...builtInVersion('user.login'),
      hasAppId: false,
      validate: (data: object) => ({ data: { ...data } }),
    };
    expect(toText(own, 'app_1', { total: 1 })).toBe('{"total":1}');
    expect(toText(own, 'app_1', { appId: 'another' })).toBe('{"appId":"another"}');
  });

  it('may have 200 KiB in bytes of UTF-8 and no more', () => {
    const overhead = Buffer.byteLength(toPayloadText('user.login', 'a', { ...login, note: '' }));
    const room = 200 * 1024 - overhead;
    expect(Buffer.byteLength(toPayloadText('user.login', 'a', { ...login, note: 'x'.repeat(room) }))).toBe(
      200 * 1024,
    );
    const tooLarge = [room + 1, Math.floor(room / 2) + 1, Math.floor(room / 3) + 1];
    for (const [index, character] of ['x', 'é', '€'].entries()) {
      const note = character.repeat(tooLarge[index] ?? 0);
      const [code, message] = errorOf(() => toPayloadText('user.login', 'a', { ...login, note }));
      expect(code).toBe('PAYLOAD_TOO_LARGE');
      expect(message).toMatch(/^data: 2048\d\d bytes of JSON exceed the limit of 204800/);
    }
  });

  it('may be nested 60 levels deep, and is rejected beyond, however deep', () => {
    const nested = (levels: number): unknown => {
      let value: unknown = 'x';
      for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
      return value;
    };
    const textOf = (levels: number) => toPayloadText('user.login', 'a', { ...login, note: nested(levels) });
    expect(textOf(59)).toContain('"x"');
    for (const levels of [60, 50_000]) {
      expect(errorOf(() => textOf(levels))).toEqual([
        'INVALID_INPUT',
        'data: nesting exceeds the limit of 60 levels',
      ]);
    }
  });

  it('is the whole example of the catalog', () => {
    const { example } = getEventDefinition('license.hwid_bound');
    expect(toPayloadText('license.hwid_bound', String(example['appId']), example)).toBe(
      JSON.stringify(example),
    );
  });
});

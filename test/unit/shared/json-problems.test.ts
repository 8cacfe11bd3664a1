import { describe, expect, it } from 'vitest';
import { findJsonProblem, listJsonProblems, toProblemMessage } from '../../../shared/src/json-problems.ts';

const exact =
  '0 -0 0.000 0e999 1.0 1.10 -1.50 1e2 1E2 1e+2 0.1 1e-7 1e23 5e-324 9007199254740991 9007199254740992 ' +
  '100000000000000000000 123456789012345000000000 1764158400000 0.30000000000000004 ' +
  `1.7976931348623157e308 1${'0'.repeat(400)}e-400`;

const inexact =
  '9007199254740993 -9223372036854775808 18446744073709551615 1152921504606846976 12345678901234.123456789 ' +
  '0.1000000000000000055511151231257827 0.12345678901234567890 123456789012345678e-2 1.00000000000000001 ' +
  '1e400 -1E400 1e-400 4e-324';

/** Places of a number, and the path that names each. */
const places: readonly (readonly [string, string])[] = [
  ['#', ''],
  ['{"x":#}', 'x'],
  ['{ "x" :\n#\n}', 'x'],
  ['[#]', '0'],
  ['[1,[{"a":[]},2,{"b":{}, "x":[true,\t#]}]]', '1.2.x.1'],
  ['{"a":{"b":[1,2]},"c":"}","x":#}', 'x'],
  ['{"a\\"b":#}', 'a"b'],
  ['{"\\u0078":#}', 'x'],
  ['\ufeff{"x":#}', 'x'],
  ['{"x":#,"y":9007199254740993}', 'x'],
];

const pathIn = (text: string): string | undefined => findJsonProblem(text)?.path.join('.');

describe('numbers', () => {
  it.each(exact.split(' '))('accepts %s', (literal) => {
    for (const [text] of places.slice(0, -1))
      expect(findJsonProblem(text.replace('#', literal))).toBeUndefined();
  });

  it.each(inexact.split(' '))('finds %s and where it is', (literal) => {
    for (const [text, path] of places) expect(pathIn(text.replace('#', literal))).toBe(path);
  });

  it('accepts each number that JSON.stringify prints', () => {
    const bytes = new DataView(new ArrayBuffer(8));
    // A linear congruential generator: different numbers, the same in each run.
    let state = 1n;
    for (let count = 0; count < 20_000; count++) {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
      bytes.setBigUint64(0, state);
      const value = bytes.getFloat64(0);
      if (Number.isFinite(value)) expect(findJsonProblem(JSON.stringify({ value }))).toBeUndefined();
    }
  });

  it.each(['9007199254740993', ',9007199254740993,', ': 1e400', '[1e400]', '\\": 1e400 \\"'])(
    'accepts the text %s',
    (text) => {
      expect(findJsonProblem(`{"x":"${text}","${text}":1}`)).toBeUndefined();
    },
  );

  it('finds nothing in a text that is not JSON', () => {
    for (const text of ['{"x":9007199254740993', 'x=9007199254740993', '', '\ufeff\ufeff[1e400]'])
      expect(findJsonProblem(text)).toBeUndefined();
  });

  it('lists each problem in the order of the text', () => {
    const text = '{"events":[{"x":1e400},{"x":1},{"__proto__":{"y":1e999}}],"x":1e400}';
    expect([...listJsonProblems(text)].map(({ path }) => path.join('.'))).toEqual([
      'events.0.x',
      'events.2.__proto__',
      'events.2.__proto__.y',
      'x',
    ]);
  });

  it('reads a text of any depth, and names the first 100 levels', () => {
    const depth = 100_000;
    const text = `${'['.repeat(depth)}1e400${']'.repeat(depth)}`;
    expect(findJsonProblem(text)?.path).toEqual(Array.from({ length: 100 }, () => 0));
  });
});

describe('keys that can change prototypes', () => {
  it.each([
    ['{"__proto__":1}', '__proto__'],
    ['{"__proto__" : {"a":1}}', '__proto__'],
    ['{"\\u005f_proto__":1}', '__proto__'],
    ['{"__pr\\u006Fto__":1}', '__proto__'],
    ['{"\\u005F\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":1}', '__proto__'],
    ['{"data":{"list":[{},{"__proto__":null}]}}', 'data.list.1.__proto__'],
    ['{"constructor":{"prototype":{}}}', 'constructor.prototype'],
    ['[{"a":{"constructor":{"b":1,"\\u0070rototype":1}}}]', '0.a.constructor.prototype'],
  ])('finds %s', (text, path) => {
    expect(pathIn(text)).toBe(path);
  });

  it.each([
    '{"x":"__proto__"}',
    '{"x":"\\"__proto__\\":"}',
    '{"constructor":1,"prototype":1}',
    '{"constructor":[{"prototype":1}]}',
    '{"constructor":{"name":"x"}}',
    '{"_proto_":1,"__proto":1,"protocol":"https"}',
  ])('accepts %s', (text) => {
    expect(findJsonProblem(text)).toBeUndefined();
  });
});

describe('the message', () => {
  const messageOf = (text: string): string => {
    const problem = findJsonProblem(text);
    return problem === undefined ? '' : toProblemMessage(problem);
  };

  it('names the field, and not its value', () => {
    expect(messageOf('{"data":{"x":9007199254740993}}')).toBe(
      'data.x: a 64-bit float cannot hold this number exactly; send it as a string',
    );
    expect(messageOf('1e400')).toBe('a 64-bit float cannot hold this number exactly; send it as a string');
    expect(messageOf('{"__proto__":1}')).toBe(
      '__proto__: this key is not accepted, because it can change the prototype of objects',
    );
  });

  it('cuts long paths', () => {
    expect(messageOf(`{"${'k'.repeat(5_000)}":1e400}`)).toMatch(/^k{200}…: a 64-bit float/);
  });
});

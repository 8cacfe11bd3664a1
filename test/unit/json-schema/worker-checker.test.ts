import { expect, it } from 'vitest';
import type { SchemaToCheck } from '../../../server/src/domain/ports/json-schemas.ts';
import { createWorkerChecker } from '../../../server/src/json-schema/worker-checker.ts';

const toCheck = (schema: object, example: object = {}): SchemaToCheck => ({
  schemaText: JSON.stringify(schema),
  exampleText: JSON.stringify(example),
});

/** Takes seconds for one number: each definition refers to the next one twice. */
function exponential(levels: number): object {
  const definitions = Array.from({ length: levels }, (_, n): [string, object] => {
    const next = { $ref: `#/$defs/d${n + 1}` };
    return [`d${n}`, n === levels - 1 ? { type: 'string' } : { anyOf: [next, next] }];
  });
  return { properties: { a: { $ref: '#/$defs/d0' } }, $defs: Object.fromEntries(definitions) };
}

it('says what is wrong with each schema or its example', async () => {
  const checker = createWorkerChecker();
  const required = { type: 'object', required: ['id'] };
  expect(
    await checker.check([
      toCheck(required, { id: 1 }),
      toCheck(required),
      toCheck({ minimumm: 1 }),
      toCheck({}, {}),
    ]),
  ).toEqual([
    undefined,
    'the example does not match the schema: example.id: is missing',
    'schema: strict mode: unknown keyword: "minimumm"',
    undefined,
  ]);
  expect(await checker.check([])).toEqual([]);
});

it('ends a schema that takes too long, and goes on with the next one', async () => {
  const checker = createWorkerChecker({ timeLimitMs: 3_000 });
  const definitions = [toCheck({}), toCheck(exponential(40), { a: 1 }), toCheck({ type: 'object' })];
  const [one, two] = await Promise.all([checker.check(definitions), checker.check([toCheck({})])]);
  expect(one).toEqual([undefined, 'schema: takes longer than 3000 ms to compile and check', undefined]);
  expect(two).toEqual([undefined]);
});

import { expect, it, onTestFinished, vi } from 'vitest';
import { CheckThread } from '../../../server/src/json-schema/check-thread.ts';
import type { SchemaToCheck } from '../../../server/src/domain/ports/json-schemas.ts';
import { WorkerChecker } from '../../../server/src/json-schema/worker-checker.ts';

const toCheck = (schema: object, example: object = {}): SchemaToCheck => ({
  schemaText: JSON.stringify(schema),
  exampleText: JSON.stringify(example),
});

/** Takes seconds for one number: each definition refers to the next one twice. */
function exponential(levels: number): object {
  const definitions = Array.from({ length: levels }, (_, n): [string, object] => {
    const next = { $ref: `#/$defs/d${n + 1}` };
    const both = { not: { anyOf: [{ not: next }, { not: next }] } };
    return [`d${n}`, n === levels - 1 ? { type: 'number' } : both];
  });
  return { properties: { a: { $ref: '#/$defs/d0' } }, $defs: Object.fromEntries(definitions) };
}

it('says what is wrong with each schema or its example', async () => {
  await using checker = new WorkerChecker();
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
  await using checker = new WorkerChecker({ timeLimitMs: 1_000 });
  const definitions = [toCheck({}), toCheck(exponential(40), { a: 1 }), toCheck({ type: 'object' })];
  const [one, two] = await Promise.all([checker.check(definitions), checker.check([toCheck({})])]);
  expect(one).toEqual([undefined, 'schema: takes longer than 1000 ms to compile and check', undefined]);
  expect(two).toEqual([undefined]);
});

it('keeps its thread for later calls, until it has been idle or is disposed', async () => {
  const check = vi.spyOn(CheckThread.prototype, 'check');
  onTestFinished(() => check.mockRestore());
  // `as`: the method is called on nothing else.
  const getThreads = () => [...new Set(check.mock.contexts)] as readonly CheckThread[];
  const checker = new WorkerChecker({ idleMs: 50 });
  await Promise.all([checker.check([toCheck({})]), checker.check([toCheck({}), toCheck({})])]);
  expect(getThreads()).toMatchObject([{ checked: 3 }]);
  await expect.poll(() => getThreads()[0]?.hasEnded).toBe(true);
  await checker.check([toCheck({})]);
  await checker[Symbol.asyncDispose]();
  expect(getThreads()).toMatchObject([
    { checked: 3, hasEnded: true },
    { checked: 1, hasEnded: true },
  ]);
});

it('repeats a schema in a new thread if earlier ones may have used up the memory', async () => {
  const check = vi.spyOn(CheckThread.prototype, 'check');
  onTestFinished(() => check.mockRestore());
  const runOutOfMemory = async function (this: CheckThread) {
    await this.end();
    return { kind: 'out-of-memory' } as const;
  };
  await using checker = new WorkerChecker();
  await checker.check([toCheck({})]);
  check.mockImplementationOnce(runOutOfMemory);
  expect(await checker.check([toCheck({ minimumm: 1 })])).toEqual([
    'schema: strict mode: unknown keyword: "minimumm"',
  ]);
  check.mockImplementationOnce(runOutOfMemory).mockImplementationOnce(runOutOfMemory);
  expect(await checker.check([toCheck({})])).toEqual(['schema: needs too much memory to compile']);
});

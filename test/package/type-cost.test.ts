import { beforeAll, describe, expect, it } from 'vitest';
import { compileProgram } from './compile-program.ts';
import { isFullRun } from './on-demand.ts';
import { consumerProgram, mapProgram, schemasProgram } from './own-events-program.ts';

/** A program that imports the client and has no events of its own. */
const none = `import { createTocsinClient } from '@tocsin/client';
import { verify } from '@tocsin/client/receiver';
import { defineCatalog } from '@tocsin/client/catalog';
import * as z from 'zod';
export { createTocsinClient, defineCatalog, verify, z };
`;

let base = 0;

beforeAll(async () => {
  if (!isFullRun) return;
  base = (await compileProgram({ 'main.ts': none })).instantiations;
}, 120_000);

/**
 * Compiles the program of a team with `count` own events, and returns what they add to the compiler's work.
 * Counts instantiations instead of seconds, because they are the same on every machine. TypeScript rejects a
 * single expression at 5,000,000.
 */
async function addedInstantiations(toCatalog: (count: number) => string, count: number): Promise<number> {
  const files = { 'main.ts': consumerProgram(count), 'acme.ts': toCatalog(count) };
  const { errors, instantiations } = await compileProgram(files);
  expect([...errors]).toEqual([]);
  return instantiations - base;
}

/** Events of the catalog. TYPE_COST_EVENTS=300 measures a large catalog. */
const events = Number(process.env['TYPE_COST_EVENTS'] ?? 120);

describe.skipIf(!isFullRun)(`the compiler cost of ${events} own events`, { timeout: 300_000 }, () => {
  it('is low from a map of events, generated or emitted', async () => {
    expect(await addedInstantiations(mapProgram, events)).toBeLessThan(270 * events);
  });

  it('is low from schemas in the same program, and linear compared with a third', async () => {
    const third = await addedInstantiations(schemasProgram, events / 3);
    const all = await addedInstantiations(schemasProgram, events);
    expect(all).toBeLessThan(3_000 * events);
    expect(all / third).toBeLessThan(4);
  });
});

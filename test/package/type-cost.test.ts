import { beforeAll, describe, expect, it } from 'vitest';
import { compileProgram } from './compile-program.ts';
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

describe('the compiler cost of 300 own events', { timeout: 300_000 }, () => {
  it('is low from a map of events, generated or emitted', async () => {
    expect(await addedInstantiations(mapProgram, 300)).toBeLessThan(80_000);
  });

  it('is low from schemas in the same program, and linear compared with 100', async () => {
    const hundred = await addedInstantiations(schemasProgram, 100);
    const threeHundred = await addedInstantiations(schemasProgram, 300);
    expect(threeHundred).toBeLessThan(600_000);
    expect(threeHundred / hundred).toBeLessThan(4);
  });
});

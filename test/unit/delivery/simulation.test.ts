import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Defect } from './simulation/defect.ts';
import { InvariantError } from './simulation/invariants.ts';
import { scenario } from './simulation/scenario.ts';
import { simulate } from './simulation/simulate.ts';

/** Interleavings to run: `SIMULATION_RUNS=10000` for a long run. */
const runs = Number(process.env['SIMULATION_RUNS'] ?? 30);

it('nothing is lost, and nothing is sent twice without need', { timeout: 60_000 + 100 * runs }, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => await simulate(given)),
    { numRuns: runs },
  );
});

/** The message of the invariant that breaks first without a part of the design. */
async function findFault(defect: Defect, numRuns: number, message: RegExp): Promise<boolean> {
  const property = fc.asyncProperty(scenario, async (given) => {
    const error: unknown = await simulate(given, defect).catch((thrown: unknown) => thrown);
    return !(error instanceof InvariantError && message.test(error.message));
  });
  // The seed is fixed, so that the result does not depend on chance.
  return (await fc.check(property, { seed: 7, numRuns, endOnFailure: true })).failed;
}

describe('the simulation finds', () => {
  it.each<[Defect, RegExp]>([
    ['no-tombstones', /closed although .* can still be stored|lost/],
  ])('%s', async (defect, message) => {
    expect(await findFault(defect, 300, message)).toBe(true);
  });
});

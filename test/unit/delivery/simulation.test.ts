import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Defect } from './simulation/defect.ts';
import { InvariantError } from './simulation/invariants.ts';
import { allIncidents, createScenario, type Weights } from './simulation/scenario.ts';
import { simulate } from './simulation/simulate.ts';

/** Interleavings to run: `SIMULATION_RUNS=10000` for a long run, with another seed each time. */
const longRuns = process.env['SIMULATION_RUNS'];
const runs = Number(longRuns ?? 60);
const seed = longRuns === undefined ? { seed: 1 } : {};

it(
  'nothing is lost, overwritten or sent twice without need, and everything ends',
  { timeout: 60_000 + 500 * runs },
  async () => {
    await fc.assert(
      fc.asyncProperty(createScenario(allIncidents), async (scenario) => await simulate(scenario)),
      { numRuns: runs, ...seed },
    );
  },
);

interface Case {
  readonly defect: Defect;
  /** What breaks. */
  readonly message: RegExp;
  /** The incidents that show it soonest. */
  readonly incidents: Weights;
  readonly faultRate: number;
}

const late: Weights = { publish: 1, hold: 6 };
const moves: Weights = { ...allIncidents, join: 4, restart: 4, failover: 6, retry: 0 };
const users: Weights = { publish: 4, retry: 4, cancel: 4, pause: 1 };

const cases: readonly Case[] = [
  { defect: 'no-tombstones', message: /is closed/, incidents: late, faultRate: 0.05 },
  { defect: 'no-reread', message: /no majority has the document/, incidents: late, faultRate: 0.5 },
  { defect: 'closes-incomplete', message: /although its entry is closed/, incidents: late, faultRate: 0.05 },
  { defect: 'takes-without-fence', message: /processes send to/, incidents: moves, faultRate: 0 },
  { defect: 'ignores-revisions', message: /, and then |not sent again/, incidents: users, faultRate: 0 },
  { defect: 'first-results-without-majority', message: /no majority has/, incidents: moves, faultRate: 0 },
  { defect: 'reads-entries-locally', message: /majority has/, incidents: moves, faultRate: 0.05 },
  {
    defect: 'takes-parts-of-partitions',
    message: /no majority has/,
    incidents: { publish: 1 },
    faultRate: 0,
  },
  {
    defect: 'takes-what-left',
    message: /is sent twice/,
    incidents: { publish: 4, retry: 4 },
    faultRate: 0.3,
  },
  {
    defect: 'sweeps-reserved',
    message: /is sent twice/,
    incidents: { publish: 1, hold: 3 },
    faultRate: 0.05,
  },
];

describe('the simulation finds', () => {
  it.each(cases)('$defect', { timeout: 60_000 }, async ({ defect, message, incidents, faultRate }) => {
    const scenario = createScenario(incidents, [faultRate]);
    const property = fc.asyncProperty(scenario, async (given) => {
      const error: unknown = await simulate(given, defect).catch((thrown: unknown) => thrown);
      return !(error instanceof InvariantError && message.test(error.message));
    });
    // The seed is fixed, so that the result does not depend on chance.
    const { failed } = await fc.check(property, { seed: 1, numRuns: 500, endOnFailure: true });
    expect(failed).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulate, type Incident, type Scenario, type SimulationOptions } from './simulation/simulate.ts';

/** Interleavings to run: `OWNERSHIP_ROUNDS=10000` for a long run. */
const rounds = Number(process.env['OWNERSHIP_ROUNDS'] ?? 100);

const incident: fc.Arbitrary<Incident> = fc.record({
  afterMs: fc.integer({ min: 0, max: 12_000 }),
  kind: fc.constantFrom('kill', 'restart', 'pause', 'pause', 'cut', 'clock', 'stop', 'join', 'primary'),
  target: fc.nat({ max: 7 }),
  forMs: fc.integer({ min: 1, max: 30_000 }),
});

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer(),
  processes: fc.integer({ min: 1, max: 4 }),
  incidents: fc.array(incident, { maxLength: 8 }),
  faultRate: fc.constantFrom(0, 0.1, 0.4),
});

/**
 * Whether a scenario breaks an invariant with this message. The seeds are fixed, so that the result does not depend
 * on chance, and chosen so that one of the first scenarios does.
 */
async function findsFault(
  message: RegExp,
  { seed, ...options }: SimulationOptions & { readonly seed: number },
): Promise<boolean> {
  const property = fc.asyncProperty(scenario, async (given) => {
    const error: unknown = await simulate(given, options).catch((thrown: unknown) => thrown);
    return !(error instanceof Error && message.test(error.message));
  });
  return (await fc.check(property, { seed, numRuns: 400, endOnFailure: true })).failed;
}

const twoSenders = /processes send to partition/;

it(
  'at most one process sends to a partition, and each gets an owner',
  { timeout: 60_000 + 60 * rounds },
  async () => {
    const property = fc.asyncProperty(scenario, async (given) => await simulate(given, {}));
    await fc.assert(property, { numRuns: rounds });
  },
);

describe('the simulation finds', () => {
  it('a partition that is taken before its owner is fenced', async () => {
    expect(await findsFault(twoSenders, { seed: 8, defect: 'takes-without-fence' })).toBe(true);
  });

  it('a fence that does not compare the heartbeat', async () => {
    expect(await findsFault(twoSenders, { seed: 8, defect: 'fences-blindly' })).toBe(true);
  });

  it('a heartbeat that revives a fenced process', async () => {
    expect(await findsFault(twoSenders, { seed: 4, defect: 'revives-fenced' })).toBe(true);
  });

  it('a change of owner that does not compare the epoch', async () => {
    expect(await findsFault(twoSenders, { seed: 6, defect: 'ignores-epochs' })).toBe(true);
  });

  it('an epoch that goes back', async () => {
    expect(await findsFault(/the epoch of partition/, { seed: 6, defect: 'writes-old-epochs' })).toBe(true);
  });

  it('a process that sends until the last moment of its lease', async () => {
    expect(await findsFault(twoSenders, { seed: 7, marginMs: 0 })).toBe(true);
  });
});

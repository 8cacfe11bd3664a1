import fc from 'fast-check';
import type { Incident, IncidentKind, Scenario } from './simulate.ts';

/** How often each kind of incident occurs. */
export type Weights = Partial<Record<IncidentKind, number>>;

export const allIncidents: Required<Weights> = {
  publish: 10,
  hold: 2,
  kill: 1,
  restart: 2,
  pause: 3,
  cut: 1,
  clock: 1,
  stop: 1,
  join: 1,
  failover: 2,
  retry: 4,
  cancel: 2,
  disable: 1,
  enable: 1,
};

/** Scenarios with these incidents. */
export function createScenario(
  weights: Weights,
  faultRates: readonly number[] = [0, 0.05, 0.3],
): fc.Arbitrary<Scenario> {
  const kind = fc.oneof(
    ...Object.entries(weights).map(([name, weight]) => ({
      weight,
      // `as`: the names are the keys of the record.
      arbitrary: fc.constant(name as IncidentKind),
    })),
  );
  const incident: fc.Arbitrary<Incident> = fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 3_000 })),
    kind,
    target: fc.nat({ max: 40 }),
    forMs: fc.integer({ min: 1, max: 20_000 }),
  });
  return fc.record({
    seed: fc.integer(),
    processes: fc.integer({ min: 1, max: 3 }),
    incidents: fc.array(incident, { minLength: 4, maxLength: 30 }),
    faultRate: fc.constantFrom(...faultRates),
    maxInMemory: fc.constantFrom(6, 1_000),
    lossRate: fc.constantFrom(0, 0.5, 1),
    failureRate: fc.constantFrom(0.2, 0.9),
  });
}

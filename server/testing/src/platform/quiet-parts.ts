import type { Instruments } from '../../../src/app/instruments.ts';
import type { OwnProcess } from '../../../src/app/ownership.ts';
import type { LeveledLog } from '../../../src/app/platform-parts.ts';
import type { SchemaChecker, SchemaValidators } from '../../../src/domain/ports/json-schemas.ts';
import type { TargetPolicy } from '../../../src/domain/ports/sending.ts';

/* The parts that the server has and a test does not need. */

const ignore = (): void => undefined;

export const noInstruments: Instruments = {
  meter: {
    countAccepted: ignore,
    countRefused: ignore,
    countAttempt: ignore,
    countFinished: ignore,
    countFenced: ignore,
    observeBatch: ignore,
    countReconciled: ignore,
    setHeld: ignore,
    watchEngine: ignore,
    watchPartitions: ignore,
    watchQueue: ignore,
  },
  destinationLimits: { countLimit: ignore },
  feed: { watch: ignore, countEvents: ignore, countRejected: ignore },
  subscriptions: { watch: ignore, countSlow: ignore, countRejected: ignore },
};

/** Passes errors on, because they are faults of the kit, and drops the rest. */
export function createQuietLog(onError: (message: string, fields: object) => void): LeveledLog {
  return {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields, message) => onError(message, fields),
    isLevelEnabled: () => false,
  };
}

/** The only process of its database. Its lease never ends, whatever virtual time does. */
export const onlyProcess: OwnProcess = {
  clock: { monotonicNow: () => 0, wallNow: () => 0, after: () => ignore },
  identity: { host: 'test', pidNamespace: 'test', pid: 1, pidStart: null },
  isAlive: () => true,
};

/** Accepts every URL that can be called, because no request leaves the process. */
export const anyTarget: TargetPolicy = {
  check: (url) => Promise.resolve(new URL(url).href),
};

const unsupported =
  'event types cannot be registered in the test kit; pass their catalog to createTestTocsin({ catalog })';

/** Registered event types need a validator of JSON Schema, which the kit leaves out. */
export const noValidators: SchemaValidators = {
  validate: () => {
    throw new Error(unsupported);
  },
};

export const noChecker: SchemaChecker & { [Symbol.asyncDispose](): Promise<void> } = {
  check: (definitions) => Promise.resolve(definitions.map(() => unsupported)),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

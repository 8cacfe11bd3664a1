import type { SchemaChecker, SchemaValidators } from '../domain/ports/json-schemas.ts';
import type { Ids, Log, Timers } from '../domain/ports/runtime.ts';
import type { Sender, TargetPolicy } from '../domain/ports/sending.ts';
import type { TokenVerifier } from '../domain/ports/token-verifier.ts';
import { getNotificationGapMs } from '../delivery/scheduling/share-gap.ts';
import type { Cleanup } from './cleanup.ts';
import { createSending } from './engine.ts';
import { createFoundation } from './foundation.ts';
import type { Instruments } from './instruments.ts';
import type { EngineLimits, PlatformOptions } from './options.ts';
import { idleListener, type OwnProcess } from './ownership.ts';
import { createServices } from './services.ts';
import type { Stores } from './stores.ts';

/** A log that says which levels it has. */
export interface LeveledLog extends Log {
  isLevelEnabled(level: 'debug'): boolean;
}

/** What the server and the test kit have each their own of. */
export interface PlatformParts {
  readonly stores: Stores;
  readonly log: LeveledLog;
  readonly timers: Timers;
  readonly ids: Ids;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly instruments: Instruments;
  /** Sends requests to receivers, and checks their URLs. */
  readonly sender: Sender;
  readonly targets: TargetPolicy;
  /** The host that identifies this server to chat services, if one is configured. */
  readonly publicHost: string | undefined;
  readonly engineLimits: EngineLimits;
  readonly self: OwnProcess;
  readonly validators: SchemaValidators;
  readonly checker: SchemaChecker & { [Symbol.asyncDispose](): Promise<void> };
  /** Undefined without an OpenID Connect issuer. */
  readonly tokenVerifier: TokenVerifier | undefined;
}

/**
 * Joins services and engine over the given parts. Starts nothing.
 *
 * The server and the test kit share it, so that a test runs the same acceptance, delivery and signing.
 */
export async function createPlatform(options: PlatformOptions, parts: PlatformParts, cleanup: Cleanup) {
  const foundation = createFoundation(options, parts);
  const sending = createSending(foundation, cleanup);
  const { services, ingester, reconcile, calls } = await createServices(foundation, sending, cleanup);
  const { engine, sends, destinationLimits } = sending;
  const { ownership, changes } = foundation;
  return {
    foundation,
    sending,
    services,
    ingester,
    jobs: { reconcile, calls },
    /** Takes partitions and follows changes. The engine starts when its indexes exist. */
    start: async (): Promise<void> => {
      await destinationLimits.load();
      await ownership.start(sends ? engine : idleListener);
      await changes.start();
      cleanup.add(() => changes.stop());
    },
    /** Stores what was accepted, finishes requests, and hands over the partitions as they become idle. */
    stop: async (): Promise<void> => {
      await ingester.drain();
      await Promise.all([engine.stop(), ownership.stop()]);
    },
    /** How long notifications gather, ms. */
    getNotificationGapMs: () => getNotificationGapMs(ownership.owners.ownerCount),
  };
}

export type Platform = Awaited<ReturnType<typeof createPlatform>>;

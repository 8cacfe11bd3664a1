import { getNotificationGapMs } from '../delivery/scheduling/share-gap.ts';
import type { Cleanup } from './cleanup.ts';
import { createSending } from './engine.ts';
import { createFoundation } from './foundation.ts';
import type { PlatformOptions } from './options.ts';
import { idleListener } from './ownership.ts';
import type { PlatformParts } from './platform-parts.ts';
import { createServices } from './services.ts';

/**
 * Joins services and engine over the given parts. Starts nothing.
 *
 * The server and the test kit share it, so that a test runs the same acceptance, delivery and signing.
 */
export async function createPlatform(options: PlatformOptions, parts: PlatformParts, cleanup: Cleanup) {
  const foundation = createFoundation(options, parts);
  const sending = createSending(foundation, cleanup);
  const { services, ingester, reconcile, calls, monitor } = await createServices(
    foundation,
    sending,
    cleanup,
  );
  const { engine, sends, destinationLimits } = sending;
  const { ownership, changes } = foundation;
  return {
    foundation,
    sending,
    services,
    ingester,
    jobs: { reconcile, calls, monitor },
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

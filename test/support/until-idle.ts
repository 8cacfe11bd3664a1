import type { Db } from 'mongodb';
import { expect, vi } from 'vitest';

/**
 * Waits until nothing is owed to any receiver: the deliveries of every event exist, and every delivery has
 * ended. Also works in hooks, which `expect.poll` does not.
 */
export async function untilIdle(db: Db, timeout = 20_000): Promise<void> {
  await vi.waitFor(
    async () => {
      const [events, deliveries] = await Promise.all([
        db.collection('events').countDocuments({ open: { $exists: true } }),
        db.collection('deliveries').countDocuments({ nextAt: { $exists: true } }),
      ]);
      expect({ events, deliveries }, 'still pending').toEqual({ events: 0, deliveries: 0 });
    },
    { timeout, interval: 20 },
  );
}

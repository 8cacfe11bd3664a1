import { DestinationLimits } from '../delivery/limits/destination-limits.ts';
import { defaultInvalidRequestLimits, InvalidRequests } from '../delivery/limits/invalid-requests.ts';
import { partitionCount } from '../domain/partition.ts';
import type { Cleanup } from './cleanup.ts';
import type { Foundation } from './foundation.ts';

/** Creates the limits of chat services, which all processes share. They are read when notifications start. */
export function createDestinationLimits(
  { options, stores, ownership, instruments, clock, log }: Foundation,
  cleanup: Cleanup,
): DestinationLimits {
  const limits = new DestinationLimits({
    store: stores.destinationLimits,
    invalidRequests: new InvalidRequests(
      { budgets: stores.budgets, clock, log },
      options.invalidRequests ?? defaultInvalidRequestLimits,
    ),
    getShare: () => ownership.owned.length / partitionCount,
    clock,
    meter: instruments.destinationLimits,
    log,
  });
  cleanup.add(() => limits.stop());
  stores.notifications.subscribe({
    onWork: () => undefined,
    onConfigChange: (change) => {
      // Notifications may have been lost.
      if (change === undefined) void limits.load();
    },
    onDestinationLimits: (found) => limits.onLimits(found),
  });
  return limits;
}

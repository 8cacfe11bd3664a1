import { DestinationLimits } from '../delivery/limits/destination-limits.ts';
import { defaultInvalidRequestLimits, InvalidRequests } from '../delivery/limits/invalid-requests.ts';
import { partitionCount } from '../domain/partition.ts';
import { DestinationLimitMetrics } from '../telemetry/destination-limit-metrics.ts';
import type { Cleanup } from './cleanup.ts';
import type { Foundation } from './foundation.ts';

/** Creates the limits of chat services, which all processes share. They are read when notifications start. */
export function createDestinationLimits(
  { options, stores, ownership, metrics, clock, log }: Foundation,
  cleanup: Cleanup,
): DestinationLimits {
  const limits = new DestinationLimits({
    store: stores.destinationLimits,
    invalidRequests: new InvalidRequests(
      { budgets: stores.budgets, clock, log },
      options.engineLimits?.invalidRequests ?? defaultInvalidRequestLimits,
    ),
    getShare: () => ownership.owned.length / partitionCount,
    clock,
    meter: new DestinationLimitMetrics(metrics.registry),
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

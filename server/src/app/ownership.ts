import { hostname } from 'node:os';
import type { OwnershipListener } from '../delivery/ownership/ownership-listener.ts';
import { Ownership } from '../delivery/ownership/ownership.ts';
import { identifyStart, isAlive, pidNamespace } from '../pid-namespace.ts';
import type { Log } from '../domain/ports/runtime.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Stores } from './stores.ts';
import { ownershipLimits, type AppOptions } from './options.ts';

/** Whether this process sends deliveries, and so owns partitions. */
export function sendsDeliveries({ ROLE, DELIVERY_HOLD }: AppOptions): boolean {
  return ROLE !== 'api' && DELIVERY_HOLD !== true;
}

interface OwnershipParts {
  readonly options: AppOptions;
  readonly log: Log;
  readonly stores: Pick<Stores, 'processes' | 'partitions' | 'createProcessId' | 'notifications'>;
  readonly metrics: Pick<Metrics, 'watchPartitions'>;
}

/** Creates the ownership of partitions. Does not register this process yet. */
export function createOwnership({ options, log, stores, metrics }: OwnershipParts): Ownership {
  const ownership = new Ownership(
    {
      processes: stores.processes,
      partitions: stores.partitions,
      clock: {
        monotonicNow: () => performance.now(),
        wallNow: () => Date.now(),
        after: (ms, callback) => {
          const timer = setTimeout(callback, ms).unref();
          return () => clearTimeout(timer);
        },
      },
      log,
      createId: stores.createProcessId,
      isAlive,
      notify: () => stores.notifications.notifyOwners(),
    },
    {
      self: {
        instance: options.INSTANCE ?? null,
        host: hostname(),
        pidNamespace: pidNamespace(),
        pid: process.pid,
        pidStart: identifyStart(process.pid),
        role: options.ROLE,
        sends: sendsDeliveries(options),
      },
      ...ownershipLimits,
    },
  );
  stores.notifications.subscribe({
    onWork: () => undefined,
    onConfigChange: () => undefined,
    onOwnersChange: () => ownership.refresh(),
  });
  metrics.watchPartitions(() => ownership.owned.length);
  return ownership;
}

/** Of a process that does not send: it owns no partition. */
export const idleListener: OwnershipListener = {
  onAcquired: () => undefined,
  release: (partitions) => Promise.resolve(partitions),
  onLost: () => undefined,
  onRenewed: () => undefined,
};

import type { OwnershipListener } from '../delivery/ownership/ownership-listener.ts';
import { Ownership, type OwnershipClock } from '../delivery/ownership/ownership.ts';
import type { ProcessIdentity } from '../domain/ports/ownership.ts';
import type { Log } from '../domain/ports/runtime.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Stores } from './stores.ts';
import { ownershipLimits, type AppOptions, type PlatformOptions } from './options.ts';

/** Whether this process sends deliveries, and so owns partitions. */
export function sendsDeliveries({
  ROLE,
  DELIVERY_HOLD,
}: Pick<AppOptions, 'ROLE' | 'DELIVERY_HOLD'>): boolean {
  return ROLE !== 'api' && DELIVERY_HOLD !== true;
}

/** How this process counts its lease, and what others recognize it by. */
export interface OwnProcess {
  readonly clock: OwnershipClock;
  readonly identity: Pick<ProcessIdentity, 'host' | 'pidNamespace' | 'pid' | 'pidStart'>;
  /** Whether a process of this PID namespace runs. */
  isAlive(pid: number, pidStart: string | null): boolean;
}

interface OwnershipParts {
  readonly options: PlatformOptions;
  readonly log: Log;
  readonly stores: Pick<Stores, 'processes' | 'partitions' | 'createProcessId' | 'notifications'>;
  readonly meter: Pick<Metrics, 'watchPartitions'>;
  readonly self: OwnProcess;
}

/** Creates the ownership of partitions. Does not register this process yet. */
export function createOwnership({ options, log, stores, meter, self }: OwnershipParts): Ownership {
  const ownership = new Ownership(
    {
      processes: stores.processes,
      partitions: stores.partitions,
      clock: self.clock,
      log,
      createId: stores.createProcessId,
      isAlive: (pid, pidStart) => self.isAlive(pid, pidStart),
      notify: () => stores.notifications.notifyOwners(),
    },
    {
      self: {
        instance: options.INSTANCE ?? null,
        ...self.identity,
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
  meter.watchPartitions(() => ownership.owned.length);
  return ownership;
}

/** Of a process that does not send: it owns no partition. */
export const idleListener: OwnershipListener = {
  onAcquired: () => undefined,
  release: (partitions) => Promise.resolve(partitions),
  onLost: () => undefined,
  onRenewed: () => undefined,
};

import { hostname } from 'node:os';
import type { OwnershipListener } from '../delivery/ownership/ownership-listener.ts';
import { Ownership } from '../delivery/ownership/ownership.ts';
import { identifyStart, isAlive, pidNamespace } from '../pid-namespace.ts';
import type { Cleanup } from './cleanup.ts';
import type { Foundation } from './foundation.ts';
import { ownershipLimits } from './options.ts';

/** Registers this process and starts to own partitions if it sends. Fences the processes that it replaces. */
export async function registerProcess(
  foundation: Foundation,
  sends: boolean,
  cleanup: Cleanup,
): Promise<Ownership> {
  const { options, log, stores, metrics } = foundation;
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
    },
    {
      self: {
        instance: options.INSTANCE ?? null,
        host: hostname(),
        pidNamespace: pidNamespace(),
        pid: process.pid,
        pidStart: identifyStart(process.pid),
        role: options.ROLE,
        sends,
      },
      ...ownershipLimits,
    },
  );
  metrics.watchPartitions(() => ownership.owned.length);
  await ownership.start(createListener(foundation));
  cleanup.add(() => ownership.stop());
  return ownership;
}

/** The engine claims its work from the queue, so only the leases of dead processes depend on ownership. */
function createListener({ log, stores }: Foundation): OwnershipListener {
  return {
    onAcquired: () => undefined,
    release: (partitions) => Promise.resolve(partitions),
    onLost: () => undefined,
    onFenced: async (processIds) => {
      let recovered = 0;
      for (const id of processIds) recovered += await stores.queue.releaseOwner(id);
      if (recovered > 0) log.info({ recovered }, 'recovered leases of dead processes');
    },
  };
}

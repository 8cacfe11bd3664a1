import type { DeliveryQueue } from '../../domain/ports/delivery-queue.ts';
import type { ProcessRegistry, RunningProcess } from '../../domain/ports/process-registry.ts';

export interface RecoveryDeps {
  readonly registry: ProcessRegistry;
  readonly queue: DeliveryQueue;
  readonly self: RunningProcess;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Releases the leases of dead processes, so that a restart need not wait for them to expire. A process in the
 * same PID namespace is dead if no process has its pid, or if this process has it. Leases of other namespaces
 * are left to expire, because releasing those of a live process would send deliveries twice. Returns the
 * number of released claims.
 */
export async function recoverDeadProcesses({
  registry,
  queue,
  self,
  isAlive,
}: RecoveryDeps): Promise<number> {
  let recovered = 0;
  for (const process of await registry.findInPidNamespace(self.pidNamespace)) {
    if (process.pid !== self.pid && isAlive(process.pid)) continue;
    recovered += await queue.releaseOwner(process.id);
    await registry.remove(process.id);
  }
  return recovered;
}

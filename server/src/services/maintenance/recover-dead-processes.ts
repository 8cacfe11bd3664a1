import type { DeliveryQueue } from '../../domain/ports/delivery-queue.ts';
import type { ProcessRegistry, RunningProcess } from '../../domain/ports/process-registry.ts';

export interface RecoveryDeps {
  readonly registry: ProcessRegistry;
  readonly queue: DeliveryQueue;
  readonly self: RunningProcess;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Takes back the leases of processes that died beside us, so that a restart need not wait for them to end. A process of
 * our pid space counts as dead when no process has its pid, or when its pid is ours. Of others nothing is known, and they
 * are left to their leases: a living one would have its work sent twice. Answers how many claims were given back.
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

import type { DeliveryQueue, ProcessRegistry, RunningProcess } from '../domain/ports.ts';

export interface RecoveryParts {
  readonly registry: ProcessRegistry;
  readonly queue: DeliveryQueue;
  readonly self: RunningProcess;
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Takes back the leases of processes that died on this host, so that a restart need not wait for them to end. A process
 * counts as dead when no process has its pid, or when its pid is ours: a container gives its first process the same
 * pid each time. Others are left to their leases. Answers how many claims were given back.
 */
export async function recoverDeadProcesses({
  registry,
  queue,
  self,
  isAlive,
}: RecoveryParts): Promise<number> {
  let recovered = 0;
  for (const process of await registry.onHost(self.host)) {
    if (process.pid !== self.pid && isAlive(process.pid)) continue;
    recovered += await queue.releaseOwner(process.id);
    await registry.remove(process.id);
  }
  return recovered;
}

import { hostname } from 'node:os';
import type { RunningProcess } from '../domain/ports/process-registry.ts';
import { isAlive, pidNamespace } from '../pid-namespace.ts';
import { recoverDeadProcesses } from '../services/maintenance/recover-dead-processes.ts';
import type { Cleanup } from './cleanup.ts';
import type { Foundation } from './foundation.ts';

/** Recovers the leases of dead processes, then registers this process. */
export async function registerProcess(foundation: Foundation, cleanup: Cleanup): Promise<void> {
  const { options, log, stores, clock } = foundation;
  const { registry, queue, owner } = stores;
  const self: RunningProcess = {
    id: owner,
    host: hostname(),
    pidNamespace: pidNamespace(),
    pid: process.pid,
    role: options.ROLE,
    startedAt: clock.now(),
  };
  const recovered = await recoverDeadProcesses({ registry, queue, self, isAlive });
  if (recovered > 0) log.info({ recovered }, 'recovered leases of dead processes');
  await registry.register(self);
  cleanup.add(() => registry.remove(owner));
}

import { expect, it } from 'vitest';
import type { DeliveryQueue } from '../../../../server/src/domain/ports/delivery-queue.ts';
import type {
  ProcessRegistry,
  RunningProcess,
} from '../../../../server/src/domain/ports/process-registry.ts';
import { recoverDeadProcesses } from '../../../../server/src/services/maintenance/recover-dead-processes.ts';

const aProcess = (id: string, pid: number): RunningProcess => ({
  id,
  pid,
  host: 'h',
  pidNamespace: 'here',
  role: 'all',
  startedAt: 0,
});

it('releases the leases of dead processes only, and then removes the processes', async () => {
  const processes = [aProcess('p_dead', 10), aProcess('p_alive', 11), aProcess('p_before', 12)];
  const calls: string[] = [];
  const registry: ProcessRegistry = {
    register: () => Promise.resolve(),
    findInPidNamespace: (pidNamespace) => Promise.resolve(pidNamespace === 'here' ? processes : []),
    remove: (id) => Promise.resolve(void calls.push(`remove ${id}`)),
  };
  const queue: Pick<DeliveryQueue, 'releaseOwner'> = {
    releaseOwner: (id) => Promise.resolve((calls.push(`release ${id}`), 2)),
  };
  const recovered = await recoverDeadProcesses({
    registry,
    // The recovery does not use the other methods.
    queue: queue as DeliveryQueue,
    // An earlier process with the same pid: in a container both are 1.
    self: aProcess('p_self', 12),
    isAlive: (pid) => pid !== 10,
  });
  expect(recovered).toBe(4);
  expect(calls).toEqual(['release p_dead', 'remove p_dead', 'release p_before', 'remove p_before']);
});

import type { ChangeLog, ChangesRead } from '../../../../src/domain/ports/change-log.ts';
import type { Clock } from '../../../../src/domain/ports/runtime.ts';
import type { MemoryConfig } from '../memory-config.ts';

export class MemoryChangeLog implements ChangeLog {
  readonly #config: Pick<MemoryConfig, 'changes' | 'processes'>;
  readonly #clock: Clock;

  /** @param clock - the one that leases of processes end by */
  constructor(config: Pick<MemoryConfig, 'changes' | 'processes'>, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  async read(after: number | undefined): Promise<ChangesRead> {
    return this.#config.changes.read(after);
  }

  async isUnseen(seen: number, processId: string): Promise<boolean> {
    const now = this.#clock.now();
    return [...this.#config.processes.values()].some(
      ({ id, state, until, changeSeen }) =>
        id !== processId && state !== 'fenced' && until > now && changeSeen < seen,
    );
  }
}

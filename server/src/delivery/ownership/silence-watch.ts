import type { ProcessRecord } from '../../domain/ports/ownership.ts';

type Heartbeat = Pick<ProcessRecord, 'id' | 'beats'>;

/**
 * Measures for how long other processes have sent no heartbeat, by the monotonic clock of this process. So a fence
 * depends on no clock of another machine: that of a new primary can be hours ahead or behind.
 */
export class SilenceWatch {
  /** The last heartbeat of each process, and when it was seen first. */
  #seen: ReadonlyMap<string, { readonly beats: number; readonly since: number }> = new Map();

  /** Takes note of the heartbeats of all processes. `now` is monotonic, ms. */
  observe(processes: readonly Heartbeat[], now: number): void {
    this.#seen = new Map(
      processes.map(({ id, beats }) => {
        const previous = this.#seen.get(id);
        return [id, previous?.beats === beats ? previous : { beats, since: now }];
      }),
    );
  }

  /** Returns for how long the heartbeat has been the last one, ms. */
  getSilenceMs({ id, beats }: Heartbeat, now: number): number {
    const seen = this.#seen.get(id);
    return seen?.beats === beats ? now - seen.since : 0;
  }
}

import type { Clock } from '../../server/src/domain/ports/runtime.ts';

/** The one fake that tests have: time that stands still until it is moved. */
export class FakeClock implements Clock {
  #now: number;

  constructor(start = Date.parse('2026-01-01T00:00:00.000Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

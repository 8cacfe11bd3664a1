import { parseDuration } from '../../../src/duration.ts';

/** A time in ms, or a text such as `500ms`, `5s`, `5m`, `2h` or `5d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** Returns ms. Throws a TypeError that names the wrong value. */
export function toMs(name: string, duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration);
  if (ms !== undefined && Number.isFinite(ms) && ms >= 0) return ms;
  throw new TypeError(
    `${name} must be a number of ms or a text such as '500ms', '5s', '5m', '2h' or '5d', not ${JSON.stringify(duration)}`,
  );
}

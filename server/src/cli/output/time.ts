/** A time without its milliseconds, as tables show it. Null for no time. */
export function toShortTime(time: string | null): string | null {
  return time === null ? null : time.replace(/\.\d+Z$/, 'Z');
}

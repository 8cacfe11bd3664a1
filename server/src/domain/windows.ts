export const hourMs = 60 * 60 * 1000;
export const dayMs = 24 * hourMs;

/** Returns the start of the hour or day in UTC that contains a time. All are epoch ms. */
export function startOf(at: number, windowMs: number): number {
  return at - (at % windowMs);
}

/* Documents store times as Dates. Domain objects use epoch ms. */

/** Returns null for a missing date. */
export function toEpochMs(date: Date | null | undefined): number | null {
  return date?.getTime() ?? null;
}

export function toDate(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}

/**
 * Retention removes the oldest events first. Events that are this much younger than its limit are complete, and
 * their deliveries can be sent again.
 */
const marginMs = 60 * 60 * 1000;

/** Returns the time of acceptance before which retention may have removed events, or does so soon, epoch ms. */
export function toRetentionLimit(now: number, keepMs: number): number {
  return now - keepMs + marginMs;
}

/** A number with its noun: `1 event type`, `2 event types`. */
export function toCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

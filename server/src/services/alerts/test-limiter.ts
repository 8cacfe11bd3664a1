import { TocsinError } from '../../domain/errors.ts';

const windowMs = 10 * 60_000;
const maxTests = 20;

/** Bounds the test messages of an owner, so that an owner cannot flood an address. */
export function createTestLimiter() {
  const taken = new Map<string | null, number[]>();
  return {
    /** @throws RATE_LIMITED */
    take(owner: string | null, now: number): void {
      const recent = (taken.get(owner) ?? []).filter((at) => at > now - windowMs);
      const [oldest] = recent;
      if (recent.length >= maxTests && oldest !== undefined) {
        const retryAfterSeconds = Math.ceil((oldest + windowMs - now) / 1_000);
        throw new TocsinError(
          'RATE_LIMITED',
          `${maxTests} test messages were sent within ten minutes; retry in ${retryAfterSeconds} s`,
          { retryAfterSeconds },
        );
      }
      taken.set(owner, [...recent, now]);
    },
  };
}

const minuteMs = 60_000;

/** How many operational events each account causes. */
export interface NoticeBudget {
  /** Takes the room for one. Returns false if the account has no more in this minute. */
  take(accountId: string, now: number): boolean;
}

/**
 * Bounds the operational events about one account, so that an account whose endpoints come and go does not bury
 * those of the others. Of one process: only one runs the monitor.
 */
export function createNoticeBudget(perMinute: number): NoticeBudget {
  let minute = -1;
  const taken = new Map<string, number>();
  return {
    take(accountId, now) {
      const current = Math.floor(now / minuteMs);
      if (current !== minute) {
        minute = current;
        taken.clear();
      }
      const count = taken.get(accountId) ?? 0;
      if (count >= perMinute) return false;
      taken.set(accountId, count + 1);
      return true;
    },
  };
}

/** What an account and one of its webhooks use of a shared resource, in the unit of the resource. */
export interface Use {
  readonly account: number;
  readonly webhook: number;
}

/**
 * How much more a webhook may take at once: dynamic thresholds (Choudhury and Hahne, 1998) on two levels.
 *
 * An account may use as much as is free, so one account gets a half, two get a third each, and a new account
 * always finds something free. What the account has not used of its share is free to its webhooks in the same
 * way. Both levels together are one condition: `account + webhook <= free`, checked before each unit.
 *
 * @param free what is not used of the resource
 */
export function getFairRoom({ account, webhook }: Use, free: number): number {
  // Each unit taken adds to both uses and leaves one less: account + webhook + 3 (n - 1) + 1 <= free.
  return Math.max(0, Math.floor((free - account - webhook + 2) / 3));
}

/** Whether a webhook may take one item of this size. */
export function hasFairRoom({ account, webhook }: Use, free: number, size = 1): boolean {
  return account + webhook + size <= free;
}

import { useCallback } from 'react';
import { useUrlState } from '../../../lib/url-state.ts';

/** The progress of a recovery. It is in the address, so that a reload continues it. */
export interface Recovery {
  readonly isOpen: boolean;
  /** The delivery of the test ping. */
  readonly testedId: string | undefined;
  /** How many waiting deliveries were sent. Undefined: not yet. */
  readonly sent: number | undefined;
  /** The replay of deliveries that failed for good. */
  readonly replayId: string | undefined;
  readonly open: () => void;
  readonly close: () => void;
  readonly setTested: (deliveryId: string) => void;
  readonly setSent: (sent: number, replayId: string | undefined) => void;
}

const closed = { recover: undefined, tested: undefined, sent: undefined, replay: undefined };

export function useRecovery(): Recovery {
  const [{ recover, tested, sent, replay }, set] = useUrlState(['recover', 'tested', 'sent', 'replay']);
  const count = sent === undefined ? Number.NaN : Number(sent);
  return {
    isOpen: recover === '1',
    testedId: tested,
    sent: Number.isSafeInteger(count) && count >= 0 ? count : undefined,
    replayId: replay,
    open: useCallback(() => set({ ...closed, recover: '1' }), [set]),
    close: useCallback(() => set(closed), [set]),
    setTested: useCallback((deliveryId) => set({ tested: deliveryId }, { replace: true }), [set]),
    setSent: useCallback(
      (total, replayId) => set({ sent: String(total), replay: replayId }, { replace: true }),
      [set],
    ),
  };
}

/** The page of a webhook with the recovery open. */
export function toRecoveryHref(webhookId: string): string {
  return `/webhooks/${webhookId}?recover=1`;
}

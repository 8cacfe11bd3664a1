import type { DeliveryState } from '@tocsin/shared';

export interface DeliveryStateDeps {
  /** Whether DELIVERY_HOLD pauses sending. */
  readonly isHeld: boolean;
  /** Whether this process sends deliveries. */
  readonly sends: boolean;
  readonly indexes: { readonly isReadyToSend: boolean };
}

/** Whether this process sends deliveries now, and why not if it does not. */
export function createDeliveryState({ isHeld, sends, indexes }: DeliveryStateDeps) {
  return function getDeliveryState(): DeliveryState {
    if (isHeld) return 'held';
    if (!sends) return 'elsewhere';
    return indexes.isReadyToSend ? 'ok' : 'waiting_for_index';
  };
}

import type { DisabledBy, EndpointState } from '@tocsin/shared';
import { fieldError } from '../../domain/errors.ts';

/** Rejects `disabledBy` together with a state that no disabled webhook has. */
export function requireDisabled(state: EndpointState | undefined, by: DisabledBy | undefined): void {
  if (by === undefined || state === undefined || state === 'disabled') return;
  throw fieldError('disabledBy', `selects disabled webhooks, but \`state\` is ${state}; it must be disabled`);
}

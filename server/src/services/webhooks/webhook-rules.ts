import {
  eventTypes,
  eventTypesFor,
  isEventType,
  type Backlog,
  type EventType,
  type Signing,
  type SigningProfile,
  type UpdateWebhookInput,
} from '@tocsin/shared';
import { apiError } from '../../domain/errors.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';

/**
 * Event types from their names, without duplicates. A REST mount accepts only the events of its own contract.
 * tRPC accepts all events.
 */
export function toEventTypes(names: readonly string[], mount: Mount): EventType[] {
  const allowed: readonly string[] = mount === null ? eventTypes : eventTypesFor(mount);
  const types: EventType[] = [];
  for (const name of new Set(names)) {
    if (!isEventType(name) || !allowed.includes(name)) {
      throw apiError(
        'UNKNOWN_EVENT',
        `unknown event "${name.slice(0, 80)}"; known events are ${allowed.join(', ')}`,
      );
    }
    types.push(name);
  }
  return types;
}

export function checkSigning(signing: Signing, profile: SigningProfile): void {
  if (signing === 'ed25519' && profile !== 'standard') {
    throw apiError(
      'INVALID_INPUT',
      `signing: ed25519 requires the profile standard; the profile ${profile} supports only hmac`,
    );
  }
}

/** Rejects `backlog` unless the call enables a disabled webhook; otherwise it would have no effect. */
export function checkBacklog(
  before: Webhook,
  enabled: boolean | undefined,
  backlog: Backlog | undefined,
): void {
  if (backlog === undefined) return;
  if (enabled !== true) throw apiError('INVALID_INPUT', 'backlog: only allowed together with enabled: true');
  if (before.enabled) {
    throw apiError(
      'INVALID_INPUT',
      `backlog: webhook ${before.id} is already enabled; call deliveries.cancel to cancel its pending deliveries`,
    );
  }
}

/** Rejects `pendingDeliveries` without `events`; otherwise it would have no effect. */
export function checkPendingDeliveries(
  events: readonly string[] | undefined,
  pendingDeliveries: UpdateWebhookInput['pendingDeliveries'],
): void {
  if (pendingDeliveries !== undefined && events === undefined)
    throw apiError('INVALID_INPUT', 'pendingDeliveries: only allowed together with events');
}

/**
 * Whether an update must replace the secret, because it would otherwise send it to a receiver that does not
 * have it. The profile `authon` sends the secret itself. Its body format does not matter, because the next
 * update could change it back.
 */
export function mustReplaceSecret(
  before: SigningProfile,
  after: SigningProfile,
  hasNewOrigin: boolean,
): boolean {
  return after === 'authon' && (before !== 'authon' || hasNewOrigin);
}

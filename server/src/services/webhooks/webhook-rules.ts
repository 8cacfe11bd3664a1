import {
  eventTypesFor,
  isEventPattern,
  type Backlog,
  type Contract,
  type Problem,
  type Signing,
  type SigningProfile,
  type UpdateWebhookInput,
} from '@tocsin/shared';
import { fieldError, fieldErrors, isTocsinError, TocsinError } from '../../domain/errors.ts';
import { getLatestVersion, isReachable } from '../../domain/event-type.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { requireEventType } from '../event-types/require-event-type.ts';

/** Unknown events that one error names. */
const maxNamed = 20;

/**
 * Returns the event types and patterns that a webhook subscribes to, without duplicates. A REST mount accepts only
 * the events of its own contract. tRPC accepts patterns and all event types of the account.
 *
 * @param before what the webhook subscribes to already, which it keeps even if the type was deleted
 * @throws UNKNOWN_EVENT
 */
export async function toSubscribedEvents(
  eventTypes: Pick<EventTypes, 'find' | 'listNames'>,
  names: readonly string[],
  { mount, accountId }: Pick<Webhook, 'mount' | 'accountId'>,
  before: readonly string[] = [],
): Promise<string[]> {
  if (mount !== null) return toContractEvents(names, mount);
  const problems: Problem[] = [];
  for (const [index, name] of names.entries()) {
    if (isEventPattern(name) || before.includes(name)) continue;
    try {
      await requireEventType(eventTypes, accountId, name, `events.${index}`);
    } catch (error) {
      if (!isTocsinError(error) || error.code !== 'UNKNOWN_EVENT') throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw fieldErrors('UNKNOWN_EVENT', problems);
  return [...new Set(names)];
}

/**
 * Checks the versions of event types that a webhook is pinned to.
 *
 * @throws UNKNOWN_EVENT, or INVALID_INPUT if events cannot be sent at a version
 */
export async function toEventVersions(
  eventTypes: Pick<EventTypes, 'find' | 'listNames'>,
  accountId: string,
  versions: Webhook['eventVersions'],
): Promise<Webhook['eventVersions']> {
  for (const [name, version] of Object.entries(versions)) {
    const eventType = await requireEventType(eventTypes, accountId, name, 'eventVersions');
    if (isReachable(eventType, version)) continue;
    if (eventType.downcast === undefined) {
      throw fieldError(
        `eventVersions.${name}`,
        `the type is registered by JSON Schema, and only a typed catalog renders older versions`,
      );
    }
    const { version: latest } = getLatestVersion(eventType);
    const reachable = [...Object.keys(eventType.downcast), latest].join(', ');
    throw fieldError(
      `eventVersions.${name}`,
      `version ${version} cannot be sent, because no downcast of the catalog renders it; possible: ${reachable}`,
    );
  }
  return versions;
}

function toContractEvents(names: readonly string[], contract: Contract): string[] {
  const allowed: readonly string[] = eventTypesFor(contract);
  const unknown = names.filter((name) => !allowed.includes(name)).map((name) => `"${name.slice(0, 80)}"`);
  if (unknown.length > 0) {
    const more = unknown.length > maxNamed ? ` and ${unknown.length - maxNamed} more` : '';
    const named = `${unknown.slice(0, maxNamed).join(', ')}${more}`;
    const message = `unknown event ${named}; known events are ${allowed.join(', ')}`;
    throw new TocsinError('UNKNOWN_EVENT', message, { problems: [{ path: 'events', message }] });
  }
  return [...new Set(names)];
}

export function checkSigning(signing: Signing, profile: SigningProfile): void {
  if (signing === 'ed25519' && profile !== 'standard') {
    throw fieldError(
      'signing',
      `ed25519 requires the profile standard; the profile ${profile} supports only hmac`,
    );
  }
}

/** Rejects a change of a webhook that has another revision than the caller expects. Undefined: any. */
export function checkRevision({ id, revision }: Webhook, expected: number | undefined): void {
  if (expected === undefined || expected === revision) return;
  throw fieldError(
    'expectedRevision',
    `webhook ${id} has revision ${revision}, not ${expected}; get it, and repeat the change if it still applies`,
    'REVISION_MISMATCH',
  );
}

/** Rejects `backlog` unless the call enables a disabled webhook; otherwise it would have no effect. */
export function checkBacklog(
  before: Webhook,
  enabled: boolean | undefined,
  backlog: Backlog | undefined,
): void {
  if (backlog === undefined) return;
  if (enabled !== true) throw fieldError('backlog', 'only allowed together with enabled: true');
  if (before.enabled) {
    throw fieldError(
      'backlog',
      `webhook ${before.id} is already enabled; call deliveries.cancel to cancel its pending deliveries`,
    );
  }
}

/** Rejects `pendingDeliveries` without `events`; otherwise it would have no effect. */
export function checkPendingDeliveries(
  events: readonly string[] | undefined,
  pendingDeliveries: UpdateWebhookInput['pendingDeliveries'],
): void {
  if (pendingDeliveries !== undefined && events === undefined)
    throw fieldError('pendingDeliveries', 'only allowed together with events');
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

import { getEventDefinition, isAnyEventType } from '@tocsin/shared';
import type { WebhookEvent } from './event.ts';
import { WebhookVerificationError } from './verification-error.ts';
import type { RawEvent } from './verify-raw.ts';

/**
 * Parses the `data` of a proven event by the schema of its type. Fields that the schema does not know are kept.
 *
 * @throws WebhookVerificationError with the code PAYLOAD_INVALID
 * @example
 * const event = parseEvent(await verifyRaw(request, { secret }));
 */
export function parseEvent(raw: RawEvent): WebhookEvent {
  const { type, id, timestamp } = raw;
  if (!isAnyEventType(type)) return { type: 'unknown', eventType: type, id, timestamp, data: raw.data };
  const parsed = getEventDefinition(type).schema.safeParse(raw.data);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `data.${issue.path.join('.')}: ${issue.message}`);
    throw new WebhookVerificationError('PAYLOAD_INVALID', `${type} has another shape: ${issues.join('; ')}`);
  }
  // The schema is the one of `type`; that the two belong together is more than the compiler can follow.
  return { type, id, timestamp, data: parsed.data } as WebhookEvent;
}

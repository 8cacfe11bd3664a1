import { getEventDefinition, isAnyEventType } from '@tocsin/shared';
import type { WebhookEvent } from './event.ts';
import { WebhookVerificationError } from './verification-error.ts';
import type { RawEvent } from './verify-raw.ts';

/**
 * Validates the `data` of a verified event with the schema of its type. Keeps unknown fields.
 *
 * @param raw a result of `verifyRaw`
 * @throws WebhookVerificationError with the code `PAYLOAD_INVALID` if `data` does not match the schema
 * @example
 * const event = parseEvent(await verifyRaw(request, { secret }));
 */
export function parseEvent(raw: RawEvent): WebhookEvent {
  const { type, id, timestamp } = raw;
  if (!isAnyEventType(type)) return { type: 'unknown', eventType: type, id, timestamp, data: raw.data };
  const parsed = getEventDefinition(type).schema.safeParse(raw.data);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `data.${issue.path.join('.')}: ${issue.message}`);
    throw new WebhookVerificationError(
      'PAYLOAD_INVALID',
      `the data of ${type} does not match its schema: ${issues.join('; ')}`,
    );
  }
  // `data` was parsed with the schema of `type`, which the compiler cannot infer.
  return { type, id, timestamp, data: parsed.data } as WebhookEvent;
}

import * as z from 'zod';
import { createWebhookInput, eventTypesFor, updateWebhookInput, type Contract } from '@tocsin/shared';

/** The fields of a webhook that both published contracts can set. */
const fields = { url: true, events: true, enabled: true, format: true } as const;

/**
 * Body of a create request. Event names are plain strings here, because the service rejects the events of the
 * other contract and lists those that the contract has. Unknown fields are ignored.
 */
export function toCreateBody(contract: Contract) {
  return createWebhookInput
    .pick(fields)
    .extend({ events: toEventNames(contract) })
    .strip();
}

/** Body of an update request: the same fields, all optional. */
export function toUpdateBody(contract: Contract) {
  return updateWebhookInput
    .pick(fields)
    .extend({ events: toEventNames(contract).optional() })
    .strip();
}

function toEventNames(contract: Contract) {
  return z
    .array(z.string().meta({ enum: [...eventTypesFor(contract)] }))
    .min(1, 'must name at least one event')
    .describe('Event types to deliver, at least one.');
}

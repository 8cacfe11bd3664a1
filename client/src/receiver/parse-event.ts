import {
  checkData,
  findBuiltInSchema,
  findCatalogEvent,
  matchesEventType,
  toIssueText,
  type StandardSchema,
} from '@tocsin/shared';
import type { CatalogFor } from '../catalog-option.ts';
import type { UnknownEvent, WebhookEvent } from './event.ts';
import type { KnownTypesOptions } from './options.ts';
import { WebhookVerificationError } from './verification-error.ts';
import type { RawEvent } from './verify-raw.ts';

/**
 * Validates the `data` of a verified event with the schema of its type.
 *
 * @param raw a result of `verifyRaw`
 * @param catalog the events to know; by default the built-in ones
 * @throws WebhookVerificationError with the code `PAYLOAD_INVALID` if `data` does not match the schema
 * @example
 * const event = parseEvent(await verifyRaw(request, { secret }));
 */
export function parseEvent(raw: RawEvent): WebhookEvent;
export function parseEvent<C>(raw: RawEvent, catalog: CatalogFor<C>): WebhookEvent<C>;
export function parseEvent(raw: RawEvent, catalog?: KnownTypesOptions['catalog']): unknown {
  return toEvent(raw, { catalog });
}

/** An event of any catalog. */
export type ParsedEvent = RawEvent | UnknownEvent;

/** Like `parseEvent`, for the options of `verify`. The callers' types say which events are known. */
export function toEvent(raw: RawEvent, { catalog, types }: KnownTypesOptions): ParsedEvent {
  const { type, id, timestamp, data } = raw;
  const schema = catalog === undefined ? findBuiltInSchema(type) : findCatalogEvent(catalog, type)?.schema;
  if (schema !== undefined) return { type, id, timestamp, data: parseData(type, schema, data) };
  // A catalog names all the events that it knows.
  const isListed =
    catalog === undefined && types?.some((selector) => matchesEventType(selector, type)) === true;
  return isListed ? { type, id, timestamp, data } : { type: 'unknown', eventType: type, id, timestamp, data };
}

function parseData(type: string, schema: StandardSchema, data: unknown): Record<string, unknown> {
  const checked = checkData(schema, data);
  if (checked.issues === undefined) return checked.data;
  throw new WebhookVerificationError(
    'PAYLOAD_INVALID',
    `the data of ${type} does not match its schema: ${toIssueText(checked.issues)}`,
  );
}

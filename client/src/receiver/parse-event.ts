import {
  checkData,
  findBuiltInSchema,
  findCatalogEvent,
  matchesEventType,
  toIssueText,
} from '@tocsin/shared';
import type { CatalogFor } from '../catalog-option.ts';
import type { UnknownEvent, WebhookEvent } from './event.ts';
import type { KnownTypesOptions, VerifySettings } from './options.ts';
import { WebhookVerificationError } from './verification-error.ts';
import type { RawEvent } from './verify-raw.ts';

/**
 * Validates the `data` of a verified event with the schema of its type. An event whose `data` does not match has
 * the type `unknown`.
 *
 * @param raw a result of `verifyRaw`
 * @param catalog the events to know; by default the built-in ones
 * @param options whether to throw for `data` that does not match
 * @throws WebhookVerificationError with the code `PAYLOAD_INVALID` if `data` does not match the schema and
 *   `onUnknownShape` is `reject`
 * @example
 * const event = parseEvent(await verifyRaw(request, { secret }));
 */
export function parseEvent(raw: RawEvent, catalog?: undefined, options?: ParseOptions): WebhookEvent;
export function parseEvent<C>(raw: RawEvent, catalog: CatalogFor<C>, options?: ParseOptions): WebhookEvent<C>;
export function parseEvent(
  raw: RawEvent,
  catalog?: KnownTypesOptions['catalog'],
  { onUnknownShape }: ParseOptions = {},
): unknown {
  return toEvent(raw, { catalog, onUnknownShape });
}

/** Options of `parseEvent`. */
export type ParseOptions = Pick<VerifySettings, 'onUnknownShape'>;

/** An event of any catalog. */
export type ParsedEvent = RawEvent | UnknownEvent;

/** Like `parseEvent`, for the options of `verify`. The callers' types say which events are known. */
export function toEvent(
  raw: RawEvent,
  { catalog, types, onUnknownShape = 'unknown' }: KnownTypesOptions,
): ParsedEvent {
  const { type, id, timestamp, data } = raw;
  const schema = catalog === undefined ? findBuiltInSchema(type) : findCatalogEvent(catalog, type)?.schema;
  if (schema === undefined) {
    // A catalog names all the events that it knows.
    const isListed =
      catalog === undefined && types?.some((selector) => matchesEventType(selector, type)) === true;
    return isListed ? { type, id, timestamp, data } : toUnknown(raw);
  }
  const checked = checkData(schema, data);
  if (checked.issues === undefined) return { type, id, timestamp, data: checked.data };
  const mismatch = toIssueText(checked.issues);
  if (onUnknownShape !== 'reject') return { ...toUnknown(raw), mismatch };
  throw new WebhookVerificationError(
    'PAYLOAD_INVALID',
    `the data of ${type} does not match its schema: ${mismatch}`,
  );
}

function toUnknown({ type, id, timestamp, data }: RawEvent): UnknownEvent {
  return { type: 'unknown', eventType: type, id, timestamp, data };
}

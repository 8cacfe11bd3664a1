import { checkData, findBuiltInSchema, toIssueText, type AnyCatalog } from '@tocsin/shared';
import { invalidInput, type TocsinClientError } from '../errors.ts';
import { findInvalidEvent } from '../publish/check-event.ts';

interface UntypedEvent {
  readonly appId: unknown;
  readonly data: unknown;
}

/**
 * Validates an event before it is written: with the catalog, or without one as a built-in event. An event that is in
 * neither is validated by the server.
 */
export function findInvalidOutboxEvent(
  catalog: AnyCatalog | undefined,
  type: string,
  event: UntypedEvent,
): TocsinClientError | undefined {
  const { appId, data } = event;
  // Events are kept in order for each app, so that each needs one.
  if (typeof appId !== 'string' || appId === '') {
    return invalidInput('appId: is missing; it must be the id of an app');
  }
  if (catalog !== undefined) return findInvalidEvent(catalog, type, event);
  const schema = findBuiltInSchema(type);
  if (schema === undefined) return undefined;
  // The server supplies the appId.
  const { issues } = checkData(schema, typeof data === 'object' && data !== null ? { ...data, appId } : data);
  return issues === undefined ? undefined : invalidInput(`${type}: ${toIssueText(issues)}`);
}

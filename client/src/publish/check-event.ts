import { checkData, findCatalogEvent, toIssueText, type AnyCatalog } from '@tocsin/shared';
import { TocsinClientError, type ClientErrorCode } from '../errors.ts';

/**
 * Validates an event with the client's catalog before it leaves. Returns the error that the server would
 * return, or undefined if the event is valid or there is no catalog.
 */
export function findInvalidEvent(
  catalog: AnyCatalog | undefined,
  type: string,
  { data }: { readonly data: unknown },
): TocsinClientError | undefined {
  if (catalog === undefined) return undefined;
  const definition = findCatalogEvent(catalog, type);
  if (definition === undefined) {
    return invalid('UNKNOWN_EVENT', `event: ${type.slice(0, 100)} is not in the catalog of the client`);
  }
  const { issues = [] } = checkData(definition.schema, data);
  // The server supplies the appId of built-in events.
  const isWithoutApp = typeof data === 'object' && data !== null && !('appId' in data);
  const left = isWithoutApp ? issues.filter(({ field }) => field !== 'appId') : issues;
  return left.length === 0 ? undefined : invalid('INVALID_INPUT', `${type}: ${toIssueText(left)}`);
}

function invalid(code: ClientErrorCode, message: string): TocsinClientError {
  return new TocsinClientError(code, message, { retryable: false });
}

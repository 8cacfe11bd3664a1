import { checkData, findCatalogEvent, quoteName, toIssueText, type AnyCatalog } from '@tocsin/shared';
import { TocsinClientError } from '../errors.ts';

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
    const message = `event: ${quoteName(type)} is not in the client's catalog`;
    return new TocsinClientError('UNKNOWN_EVENT', message, { retryable: false });
  }
  try {
    const { issues = [] } = checkData(definition.schema, data);
    // The server supplies the appId of built-in events.
    const isWithoutApp = typeof data === 'object' && data !== null && !('appId' in data);
    const left = isWithoutApp ? issues.filter(({ field }) => field !== 'appId') : issues;
    if (left.length === 0) return undefined;
    const message = `${toIssueText(left)} (event ${quoteName(type)})`;
    return new TocsinClientError('INVALID_INPUT', message, { retryable: false });
  } catch (cause) {
    // Only `defineCatalog` of another version accepts a schema that fails here.
    const message = `the data of ${quoteName(type)} cannot be validated`;
    return new TocsinClientError('INVALID_INPUT', message, { retryable: false, cause });
  }
}

import { findCatalogEvent, type AnyCatalog, type EventFault } from './catalog.ts';
import { checkData, toIssueText } from './check-data.ts';

/** Checks an event with a catalog. Returns undefined if it is valid. */
export function findEventFault(
  catalog: Pick<AnyCatalog, 'definitions'>,
  type: string,
  data: unknown,
): EventFault | undefined {
  const definition = findCatalogEvent(catalog, type);
  if (definition === undefined) {
    return {
      code: 'UNKNOWN_EVENT',
      message: `event: ${type.slice(0, 100)} is not in the catalog of the client`,
    };
  }
  const { issues = [] } = checkData(definition.schema, data);
  // The server supplies the appId of built-in events.
  const isWithoutApp = typeof data === 'object' && data !== null && !('appId' in data);
  const left = isWithoutApp ? issues.filter(({ field }) => field !== 'appId') : issues;
  return left.length === 0 ? undefined : { code: 'INVALID_INPUT', message: `${type}: ${toIssueText(left)}` };
}

import type { AnyCatalog } from '@tocsin/shared';
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
  const fault = catalog?.['~findFault']?.(type, data);
  if (fault === undefined) return undefined;
  return new TocsinClientError(fault.code, fault.message, { retryable: false, wasSent: false });
}

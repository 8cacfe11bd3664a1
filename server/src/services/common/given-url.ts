import { maskText } from '@tocsin/shared';
import { TocsinError } from '../../domain/errors.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';

export interface GivenUrl {
  /** The field of the input that has the URL, such as `url`. */
  readonly field: string;
  readonly url: string;
  /** The account whose share of name lookups the check uses. */
  readonly accountId: string;
  /** Whether an older URL is stored, which stays if the field is left out. */
  readonly hasStored: boolean;
}

/**
 * Checks a URL that a caller sent, and returns it in its normal form. Responses mask URLs. A URL that was copied from
 * one would be stored with the mask in place of its token, and every request to it would fail.
 *
 * @throws INVALID_URL, which names the field.
 */
export async function checkGivenUrl(
  targets: TargetPolicy,
  { field, url, accountId, hasStored }: GivenUrl,
): Promise<string> {
  if (url.includes(maskText)) {
    const wayOut = hasStored ? `, or leave ${field} out to keep the stored one` : '';
    const message = `contains the mask ${maskText}; send the whole URL${wayOut}`;
    throw new TocsinError('INVALID_URL', `${field} ${message}`, { problems: [{ path: field, message }] });
  }
  return await targets.check(url, accountId, field);
}

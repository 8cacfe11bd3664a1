import * as z from 'zod';

/**
 * A point in time that the server stores and returns: ISO 8601 with an offset. Its year in UTC must have four
 * digits, because a stored time is returned in UTC and must be valid input again.
 */
export const timestamp = z.iso.datetime({ offset: true }).refine((text) => {
  const year = new Date(text).getUTCFullYear();
  // NaN: the format check above has already reported the text.
  return Number.isNaN(year) || (year >= 0 && year <= 9999);
}, 'must be within the years 0000 to 9999 of UTC');

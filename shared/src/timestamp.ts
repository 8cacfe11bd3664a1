import * as z from 'zod';

/**
 * A time as callers give it, where it is kept and shown again: ISO 8601 with an offset. As UTC its year still has to have
 * four digits, or what we answer would not be what we accept.
 */
export const timestamp = z.iso.datetime({ offset: true }).refine((text) => {
  const year = new Date(text).getUTCFullYear();
  // What is no time at all was refused by its form.
  return Number.isNaN(year) || (year >= 0 && year <= 9999);
}, 'must be within the years 0000 to 9999 of UTC');

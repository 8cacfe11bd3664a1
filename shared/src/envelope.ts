import * as z from 'zod';

/** The body of a delivery in the profiles `authon` and `authforge`, as the two contracts fix it. */
export const contractEnvelope = z.object({
  event: z.string(),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});

/** The body of a delivery in the profile `standard` (Standard Webhooks 1.0). */
export const standardEnvelope = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});

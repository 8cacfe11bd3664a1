import * as z from 'zod';

/** What goes over the wire in the profiles `authon` and `authforge`. */
export const contractEnvelope = z.object({
  event: z.string(),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});

/** What goes over the wire in the profile `standard` (Standard Webhooks 1.0). */
export const standardEnvelope = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});

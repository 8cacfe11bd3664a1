/**
 * The mutations whose input has an `idempotencyKey`, beside those of events, which are published in another
 * way. A list of paths, because the schemas would bring zod. A test of the types compares it with the router.
 */
export const keyedMutations = [
  'accounts.create',
  'apps.create',
  'deliveries.cancel',
  'deliveries.cancelMany',
  'deliveries.replay',
  'deliveries.resend',
  'deliveries.retry',
  'deliveries.retryMany',
  'eventTypes.register',
  'keys.create',
  'keys.rotate',
  'webhooks.create',
  'webhooks.rotateSecret',
] as const;

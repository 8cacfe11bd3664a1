import { createQuotas } from '../../server/src/services/limits/quotas.ts';

/** Quotas of accounts without limits. */
export const noQuotas = createQuotas(() => ({
  apps: null,
  webhooks: null,
  keys: null,
  replays: null,
  changesPerHour: null,
  changesPerDay: null,
  callsPerSecond: null,
  eventsPerSecond: null,
}));

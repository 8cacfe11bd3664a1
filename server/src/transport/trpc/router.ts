import type * as z from 'zod';
import { accountsRouter, appsRouter, keysRouter } from './access.ts';
import { alertChannelsRouter, alertRulesRouter, alertsRouter } from './alerts.ts';
import { auditLogRouter } from './audit-log.ts';
import { deliveriesRouter } from './deliveries.ts';
import { eventTypesRouter } from './event-types.ts';
import { eventsRouter } from './events.ts';
import { feedRouter } from './feed.ts';
import { incidentsRouter } from './incidents.ts';
import { router } from './init.ts';
import { searchRouter } from './search.ts';
import { systemRouter } from './system.ts';
import { webhooksRouter } from './webhooks.ts';

export const appRouter = router({
  accounts: accountsRouter,
  keys: keysRouter,
  apps: appsRouter,
  webhooks: webhooksRouter,
  events: eventsRouter,
  feed: feedRouter,
  eventTypes: eventTypesRouter,
  deliveries: deliveriesRouter,
  incidents: incidentsRouter,
  alertChannels: alertChannelsRouter,
  alertRules: alertRulesRouter,
  alerts: alertsRouter,
  auditLog: auditLogRouter,
  search: searchRouter,
  system: systemRouter,
});

export type AppRouter = typeof appRouter;

export function isProcedure(path: string): boolean {
  return Object.hasOwn(appRouter._def.procedures, path);
}

/** The schema of a procedure's input. Undefined for an unknown procedure, and one without an input. */
export function findInputSchema(path: string): z.ZodType | undefined {
  // `as`: tRPC keeps procedures by their path, which its type does not say. Each has one schema of zod at most.
  const procedures = appRouter._def.procedures as unknown as Readonly<
    Record<string, { readonly _def: { readonly inputs: readonly z.ZodType[] } }>
  >;
  return Object.hasOwn(procedures, path) ? procedures[path]?._def.inputs[0] : undefined;
}

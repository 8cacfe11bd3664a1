import { accountsRouter, appsRouter, keysRouter } from './access.ts';
import { auditLogRouter } from './audit-log.ts';
import { deliveriesRouter } from './deliveries.ts';
import { eventTypesRouter } from './event-types.ts';
import { eventsRouter } from './events.ts';
import { router } from './init.ts';
import { systemRouter } from './system.ts';
import { webhooksRouter } from './webhooks.ts';

export const appRouter = router({
  accounts: accountsRouter,
  keys: keysRouter,
  apps: appsRouter,
  webhooks: webhooksRouter,
  events: eventsRouter,
  eventTypes: eventTypesRouter,
  deliveries: deliveriesRouter,
  auditLog: auditLogRouter,
  system: systemRouter,
});

export type AppRouter = typeof appRouter;

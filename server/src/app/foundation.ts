import { createAuditService } from '../services/audit/audit-log.ts';
import { AccessControl } from '../services/authorization/access-control.ts';
import { createIds } from '../services/common/ids.ts';
import { CachedWebhooks } from '../services/webhooks/webhook-cache.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { AppOptions } from './options.ts';
import type { Stores } from './stores.ts';

/** The parts that both the engine and the services need. */
export function createFoundation(options: AppOptions, stores: Stores) {
  const { log } = options;
  const { auditLog, clock } = stores;
  const ids = createIds();
  const access = new AccessControl({ apps: stores.apps, deletions: stores.appDeletions });
  return {
    options,
    log,
    stores,
    clock,
    ids,
    access,
    metrics: new Metrics(),
    audit: createAuditService({ auditLog, access, ids, clock, log }),
    webhookCache: new CachedWebhooks(stores.webhooks),
  };
}

export type Foundation = ReturnType<typeof createFoundation>;

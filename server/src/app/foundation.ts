import { operationalCatalog } from '@tocsin/shared';
import { createAuditService } from '../services/audit/audit-log.ts';
import { AccessControl } from '../services/authorization/access-control.ts';
import { answerWhenSeen } from '../services/changes/answer-when-seen.ts';
import { ChangeFollower } from '../services/changes/change-follower.ts';
import { startStopwatch } from '../services/common/stopwatch.ts';
import { createBuiltInTypes } from '../services/event-types/built-in-types.ts';
import { toCommonTypes } from '../services/event-types/catalog-types.ts';
import { DocumentedTypes } from '../services/event-types/documented-types.ts';
import { EventTypeRegistry } from '../services/event-types/event-type-registry.ts';
import { CachedWebhooks } from '../services/webhooks/webhook-cache.ts';
import type { PlatformOptions } from './options.ts';
import { createOwnership } from './ownership.ts';
import type { PlatformParts } from './platform-parts.ts';
import type { Stores } from './stores.ts';

/** The parts that both the engine and the services need. */
export function createFoundation(options: PlatformOptions, parts: PlatformParts) {
  const { stores, log, ids, validators, self, instruments } = parts;
  const { auditLog, clock } = stores;
  const ownership = createOwnership({ options, log, stores, meter: instruments.meter, self });
  const changes = new ChangeFollower({
    changeLog: stores.changeLog,
    getProcessId: () => ownership.processId,
    isRegistered: () => ownership.canSend,
    reportSeen: (seen) => ownership.reportChangeSeen(seen),
    startStopwatch,
    log,
  });
  const access = new AccessControl({
    apps: stores.apps,
    deletions: stores.appDeletions,
    cacheLease: changes,
  });
  const commonTypes = toCommonTypes(createBuiltInTypes(), {
    ...(options.OPERATIONAL_APP === undefined ? {} : operationalCatalog.definitions),
    ...options.catalog?.definitions,
  });
  const typeSources = { common: commonTypes, store: stores.eventTypes, validators, cacheLease: changes };
  return {
    options,
    parts,
    log,
    stores: { ...stores, ...answeredStores(stores, changes) },
    changes,
    clock,
    ids,
    access,
    meter: instruments.meter,
    instruments,
    ownership,
    audit: createAuditService({ auditLog, access, ids, clock, log }),
    webhookCache: new CachedWebhooks(stores.webhooks, changes),
    commonTypes,
    eventTypes: new EventTypeRegistry(typeSources),
    documentedTypes: new DocumentedTypes(typeSources),
  };
}

/** The stores of configuration. A change is answered once no process uses the old configuration any more. */
function answeredStores(stores: Stores, changes: ChangeFollower) {
  return {
    accounts: answerWhenSeen(changes, stores.accounts, ['setLimits']),
    apps: answerWhenSeen(changes, stores.apps, ['insert']),
    appDeletions: answerWhenSeen(changes, stores.appDeletions, ['start']),
    keys: answerWhenSeen(changes, stores.keys, ['insert', 'revoke', 'rotate']),
    sessions: answerWhenSeen(changes, stores.sessions, ['delete', 'deleteOlder']),
    webhooks: answerWhenSeen(changes, stores.webhooks, ['insert', 'update', 'delete']),
    eventTypes: answerWhenSeen(changes, stores.eventTypes, ['write', 'delete']),
  };
}

export type Foundation = ReturnType<typeof createFoundation>;

import type { Db } from 'mongodb';
import { toIncidentId } from '../../server/src/domain/incident.ts';
import { MongoIncidentStore } from '../../server/src/store/mongo/incidents/incident-store.ts';
import { getCollections } from '../../server/src/store/mongo/documents/collections.ts';

const hourMs = 60 * 60_000;

/** Stores an open incident of a webhook. No success closes it, because its failure is still to come. */
export async function putIncident(
  db: Db,
  owner: { readonly webhookId: string; readonly appId: string; readonly accountId: string },
): Promise<void> {
  const id = toIncidentId(owner.webhookId, 'http_status', 503);
  const at = Date.now() + hourMs;
  await new MongoIncidentStore(getCollections(db)).addFailures([
    { id, ...owner, reason: 'http_status', statusCode: 503, attempts: 1, firstAt: at, lastAt: at },
  ]);
}

/** Inputs of the procedures of incidents that work for callers with access to the app. */
export function createIncidentInputs(
  getOurs: () => { readonly appId: string; readonly webhookId: string },
): Record<string, () => unknown> {
  const getId = () => toIncidentId(getOurs().webhookId, 'http_status', 503);
  return {
    'incidents.list': () => ({ appId: getOurs().appId }),
    'incidents.get': () => ({ id: getId() }),
    'incidents.count': () => ({ appId: getOurs().appId }),
    'incidents.webhooks': () => ({ appId: getOurs().appId, state: 'failing' }),
    'incidents.snooze': () => ({ id: getId(), until: null }),
    'incidents.note': () => ({ id: getId(), note: 'Known' }),
  };
}

import type { Visibility } from '../../../server/src/domain/ports/page-request.ts';
import type { MongoIncidentStore } from '../../../server/src/store/mongo/incidents/incident-store.ts';
import { someFailures } from '../incident-contract.ts';
import { large, small, start } from './sample-data.ts';
import type { StoreCalls } from './store-calls.ts';

export function createIncidentCalls(
  incidents: MongoIncidentStore,
  visibilities: readonly Visibility[],
): StoreCalls<MongoIncidentStore> {
  const { webhookId } = large;
  const failures = someFailures({ webhookId, appId: large.appId, accountId: large.accountId }, start);
  const page = { cursor: undefined, limit: 50 };
  const states = ['open', 'closed', 'unended'] as const;
  return {
    addFailures: [() => incidents.addFailures([failures]), () => incidents.addFailures([failures])],
    list: visibilities.flatMap((visible) =>
      states.flatMap((state) => [
        () => incidents.list({ ...visible, state }, start, page),
        () => incidents.list({ ...visible, state, webhookId }, start, page),
        () => incidents.list({ ...visible, state }, start, { ...page, cursor: `${start}_${failures.id}` }),
      ]),
    ),
    listAccountsWithUnended: [
      () => incidents.listAccountsWithUnended(undefined, 3),
      () => incidents.listAccountsWithUnended(large.accountId, 3),
    ],
    countOpen: visibilities.map((visible) => () => incidents.countOpen(visible, start, 100)),
    findSnoozed: [
      () => incidents.findSnoozed([small.webhookId, webhookId], start, 'anyone'),
      () => incidents.findSnoozed([small.webhookId, webhookId], start, 'operator'),
    ],
    get: [() => incidents.get(failures.id)],
    update: [() => incidents.update(failures.id, { note: 'Known', snoozedUntil: start })],
    close: [
      () => incidents.close([{ webhookId, at: start + 1, by: 'success' }]),
      () => incidents.close([{ webhookId, at: start + 1, by: 'disabled' }]),
    ],
    remove: [() => incidents.remove([small.webhookId, webhookId])],
  };
}

import { getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import { getLatestVersion } from '../../domain/event-type.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { SearchStore } from '../../domain/ports/search-store.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toIso } from '../common/iso-time.ts';
import { mapFew } from '../common/map-few.ts';
import type { NamelessHit } from './hit.ts';
import { listFieldsWith, toSearchValue } from './search-values.ts';

export interface ByValueDeps {
  readonly search: SearchStore;
  readonly access: Pick<AccessControl, 'narrow'>;
  readonly eventTypes: Pick<EventTypes, 'find'>;
}

/** A hit says how many events there are, up to this number. */
const maxCounted = 100;

/** Finds a value in payloads: one hit for each account that has events with it. */
export async function findByValue(
  deps: ByValueDeps,
  actor: Actor,
  query: string,
  limit: number,
): Promise<NamelessHit[]> {
  const value = toSearchValue(query);
  if (value === undefined) return [];
  const ownAccount = getAccountLimit(actor);
  const [accountIds, { excludedAppIds }] = await Promise.all([
    ownAccount === undefined ? deps.search.listAccountsWithValue(value, limit) : [ownAccount],
    deps.access.narrow(actor, undefined, 'events:read'),
  ]);
  const appId = getAppLimit(actor);
  const hits = await mapFew(accountIds, async (accountId): Promise<NamelessHit[]> => {
    const choice = { value, accountIds: [accountId], appId, excludedAppIds };
    const isWhole = appId === undefined && excludedAppIds.length === 0;
    const [page, count] = await Promise.all([
      deps.search.listEventsWithValue(choice, { cursor: undefined, limit: 1 }),
      isWhole ? countEvents(deps, value, accountId) : [],
    ]);
    const [newest] = page.items;
    if (newest === undefined) return [];
    const fields = await findFields(deps, newest, value);
    return [
      {
        kind: 'value',
        id: query,
        title: query,
        subtitle: [...fields, ...count].join(' · '),
        accountId,
        appId: appId ?? null,
        webhookId: null,
        at: toIso(newest.acceptedAt),
      },
    ];
  });
  return hits.flat();
}

async function countEvents(
  { search }: Pick<ByValueDeps, 'search'>,
  value: string,
  accountId: string,
): Promise<string[]> {
  const count = await search.countEventsWithValue(value, accountId, maxCounted + 1);
  if (count > maxCounted) return [`more than ${maxCounted} events`];
  return [count === 1 ? '1 event' : `${count} events`];
}

/** Returns the fields of an event that have a value. Empty if its type is not known any more. */
export async function findFields(
  { eventTypes }: Pick<ByValueDeps, 'eventTypes'>,
  { accountId, type, dataText }: AcceptedEvent,
  value: string,
): Promise<string[]> {
  const eventType = await eventTypes.find(accountId, type);
  if (eventType === undefined) return [];
  // Our own text, serialized from a parsed object when the event was accepted.
  const data = JSON.parse(dataText) as Record<string, unknown>;
  return listFieldsWith(getLatestVersion(eventType).searchable, data, value);
}

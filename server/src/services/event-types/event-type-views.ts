import type { EventTypeDetail, EventTypeListItem, ListEventTypesInput, Page } from '@tocsin/shared';
import { getLatestVersion, type EventType, type EventTypeVersion } from '../../domain/event-type.ts';
import type { EventTypeStore } from '../../domain/ports/event-type-store.ts';
import type { RegisteredEventType, RegisteredVersion } from '../../domain/registered-event-type.ts';
import { toIso } from '../common/iso-time.ts';

export interface ListSources {
  readonly common: readonly EventType[];
  readonly store: Pick<EventTypeStore, 'list'>;
}

/** Returns a page of the types that an account can use, by name. Its own type hides one of all accounts. */
export async function listPage(
  { common, store }: ListSources,
  accountId: string,
  { prefix = '', search = '', origin, cursor, limit }: ListEventTypesInput,
): Promise<Page<EventTypeListItem>> {
  // No name has other characters, and the database accepts some of them in no search.
  if (/[^a-z0-9._-]/.test(search)) return { items: [], nextCursor: null };
  const page = { prefix, search, after: cursor ?? undefined, limit: limit + 1 };
  const owners = origin === undefined || origin === 'registered' ? [accountId, null] : [];
  const [own = [], shared = []] = await Promise.all(owners.map((owner) => store.list(owner, page)));
  const commonItems = common
    .filter(({ name }) => name.startsWith(prefix) && name.includes(search))
    .filter(({ name }) => page.after === undefined || name > page.after)
    .map(toCommonItem)
    .filter((item) => origin === undefined || item.origin === origin);
  const byName = new Map<string, EventTypeListItem>();
  // The first of a name counts, as for publishing.
  for (const item of [...commonItems, ...own.map(toRegisteredItem), ...shared.map(toRegisteredItem)]) {
    if (!byName.has(item.type)) byName.set(item.type, item);
  }
  const items = [...byName.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
  const shown = items.slice(0, limit);
  return { items: shown, nextCursor: items.length > limit ? (shown.at(-1)?.type ?? null) : null };
}

function toCommonItem(eventType: EventType): EventTypeListItem {
  const { name: type, family, source, subscribable, versions } = eventType;
  const latest = getLatestVersion(eventType);
  return {
    type,
    family,
    source,
    subscribable,
    origin: family === null ? 'file' : 'built_in',
    accountId: null,
    versions: versions.map(({ version }) => version),
    pinnableVersions: [...Object.keys(eventType.downcast ?? {}).map(Number), latest.version].sort(
      (a, b) => a - b,
    ),
    ...toDefinition(latest),
    updatedAt: null,
  };
}

export function toCommonDetail(eventType: EventType): EventTypeDetail {
  const history = eventType.versions.map((version) => ({
    ...toDefinition(version),
    createdAt: null,
    updatedAt: null,
  }));
  return { ...toCommonItem(eventType), history };
}

function toDefinition({ version, description, example, presentation, getSchema }: EventTypeVersion) {
  return {
    version,
    description,
    schema: getSchema(),
    example: { ...example },
    presentation: presentation?.message ?? null,
  };
}

function toRegisteredItem({ name, accountId, versions, updatedAt }: RegisteredEventType): EventTypeListItem {
  const latest = versions.at(-1);
  if (latest === undefined) throw new Error(`event type ${name} has no version`);
  return {
    type: name,
    family: null,
    source: null,
    subscribable: true,
    origin: 'registered',
    accountId,
    versions: versions.map(({ version }) => version),
    // Functions that render older versions cannot be registered.
    pinnableVersions: [],
    ...toRegisteredDefinition(latest),
    updatedAt: toIso(updatedAt),
  };
}

export function toRegisteredDetail(type: RegisteredEventType): EventTypeDetail {
  const history = type.versions.map((version) => ({
    ...toRegisteredDefinition(version),
    createdAt: toIso(version.createdAt),
    updatedAt: toIso(version.updatedAt),
  }));
  return { ...toRegisteredItem(type), history };
}

function toRegisteredDefinition({
  version,
  description,
  schemaText,
  exampleText,
  presentation,
}: RegisteredVersion) {
  return {
    version,
    description,
    // Our own texts, serialized from parsed objects.
    schema: JSON.parse(schemaText) as Record<string, unknown>,
    example: JSON.parse(exampleText) as Record<string, unknown>,
    presentation,
  };
}

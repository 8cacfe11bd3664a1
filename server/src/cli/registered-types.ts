import {
  matchesEventType,
  type CatalogSnapshot,
  type EventTypeDetail,
  type EventTypeListItem,
  type RegisteredEventTypes,
  type RegisterEventTypesInput,
  type SnapshotEventType,
} from '@tocsin/shared';
import { compareCatalogs, type EventComparison } from '../catalog/compare-catalogs.ts';
import type { AffectedWebhook, CheckedEvent } from './check-report.ts';
import { isDenied } from './error-code.ts';

/** What the commands need of a client. */
export interface RegistryClient {
  readonly eventTypes: {
    readonly list: {
      iterate(input: {
        readonly accountId?: string;
        readonly limit: number;
      }): AsyncIterable<EventTypeListItem>;
    };
    readonly get: {
      query(input: { readonly accountId?: string; readonly type: string }): Promise<EventTypeDetail>;
    };
    readonly register: { mutate(input: RegisterEventTypesInput): Promise<RegisteredEventTypes> };
  };
  readonly apps: {
    readonly list: {
      iterate(input: {
        readonly limit: number;
      }): AsyncIterable<{ readonly id: string; readonly accountId: string }>;
    };
  };
  readonly webhooks: {
    readonly list: {
      iterate(input: { readonly appId: string }): AsyncIterable<{
        readonly id: string;
        readonly enabled: boolean;
        readonly events: readonly string[];
        readonly eventVersions: Readonly<Record<string, number>>;
      }>;
    };
  };
}

const pageSize = 200;

export interface CompareWithServerOptions {
  /** Default: the account of the key. */
  readonly accountId: string | undefined;
  readonly progress: (line: string) => void;
}

/** Which webhooks get a version of an event type. */
interface Reach {
  /** The account of the event type. Null: all accounts have it. */
  readonly accountId: string | null;
  /** The version that webhooks without a version of their own get. */
  readonly newest: number;
}

/** Event types of a server. */
interface Registered {
  readonly snapshot: CatalogSnapshot;
  readonly reach: ReadonlyMap<string, Reach>;
}

/** Compares a catalog with the event types of a server. Names the webhooks that a change for receivers reaches. */
export async function compareWithServer(
  client: RegistryClient,
  catalog: CatalogSnapshot,
  { accountId, progress }: CompareWithServerOptions,
): Promise<readonly CheckedEvent[]> {
  const { snapshot, reach } = await findRegistered(client, catalog, accountId);
  // A server has event types of other catalogs, too.
  const compared = compareCatalogs(snapshot, catalog, { isWhole: false });
  const reached = compared.filter(({ isBreakingForReceivers }) => isBreakingForReceivers);
  const webhooks = await tryFindWebhooks(client, { events: reached, reach }, progress);
  return compared.map((event) => ({
    ...event,
    webhooks: webhooks === undefined ? null : (webhooks.get(event.type) ?? []),
  }));
}

interface Change {
  /** Event types that break receivers. */
  readonly events: readonly EventComparison[];
  readonly reach: ReadonlyMap<string, Reach>;
}

/** A key of CI may lack the scope for webhooks. The verdicts do not depend on them. */
async function tryFindWebhooks(
  client: RegistryClient,
  change: Change,
  progress: (line: string) => void,
): Promise<ReadonlyMap<string, readonly AffectedWebhook[]> | undefined> {
  try {
    return await findWebhooks(client, change);
  } catch (error) {
    if (!(error instanceof Error) || !isDenied(error)) throw error;
    progress(`the webhooks that receive these event types are not named: ${error.message}`);
    return undefined;
  }
}

/**
 * Returns the event types of a server that a catalog has as well. Each at the version of the catalog if the
 * server has that version, and otherwise at the newest one.
 */
async function findRegistered(
  { eventTypes }: RegistryClient,
  catalog: CatalogSnapshot,
  accountId: string | undefined,
): Promise<Registered> {
  const account = accountId === undefined ? {} : { accountId };
  const wanted = new Map(catalog.eventTypes.map(({ type, version }) => [type, version]));
  const found: SnapshotEventType[] = [];
  const reach = new Map<string, Reach>();
  for await (const item of eventTypes.list.iterate({ ...account, limit: pageSize })) {
    const version = wanted.get(item.type);
    if (version === undefined) continue;
    if (item.origin === 'built_in')
      throw new Error(`${item.type} is a built-in event type; choose another name`);
    const isOlder = version !== item.version && item.versions.includes(version);
    found.push(
      isOlder ? await getVersion(eventTypes, { ...account, type: item.type }, version) : toSnapshotType(item),
    );
    reach.set(item.type, { accountId: item.accountId, newest: item.version });
  }
  return { snapshot: { version: 1, eventTypes: found }, reach };
}

async function getVersion(
  eventTypes: RegistryClient['eventTypes'],
  input: { readonly accountId?: string; readonly type: string },
  version: number,
): Promise<SnapshotEventType> {
  const detail = await eventTypes.get.query(input);
  const older = detail.history.find((candidate) => candidate.version === version);
  return toSnapshotType({ ...detail, ...older });
}

function toSnapshotType({
  type,
  version,
  description,
  schema,
  example,
}: SnapshotEventType): SnapshotEventType {
  return { type, version, description, schema, example };
}

/** Returns the webhooks that the change of each event type reaches. */
async function findWebhooks(
  { apps, webhooks }: RegistryClient,
  { events, reach }: Change,
): Promise<ReadonlyMap<string, readonly AffectedWebhook[]>> {
  const found = new Map<string, AffectedWebhook[]>(events.map(({ type }) => [type, []]));
  if (events.length === 0) return found;
  for await (const app of apps.list.iterate({ limit: pageSize })) {
    for await (const webhook of webhooks.list.iterate({ appId: app.id })) {
      for (const event of events) {
        const owner = reach.get(event.type);
        const pattern = webhook.events.find((entry) => matchesEventType(entry, event.type));
        if (pattern === undefined || owner === undefined) continue;
        if (owner.accountId !== null && owner.accountId !== app.accountId) continue;
        if (!isReached(webhook.eventVersions[event.type], event, owner)) continue;
        found.get(event.type)?.push({ id: webhook.id, appId: app.id, enabled: webhook.enabled, pattern });
      }
    }
  }
  return found;
}

/** A webhook with a version of its own gets no newer one, so a change of another version does not reach it. */
function isReached(
  own: number | undefined,
  { verdict, versionBefore }: EventComparison,
  { newest }: Reach,
): boolean {
  return verdict === 'new version' ? own === undefined : (own ?? newest) === versionBefore;
}

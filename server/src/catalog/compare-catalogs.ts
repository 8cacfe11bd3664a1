import {
  compareSchemas,
  type CatalogSnapshot,
  type SchemaDifference,
  type SnapshotEventType,
} from '@tocsin/shared';

/**
 * How an event type of a catalog differs from the one before:
 *
 * - `unchanged`, `new`
 * - `compatible`: changed, without breaking a side
 * - `new version`: changed, as a higher version
 * - `breaking`: changed in a way that breaks receivers or publishers, without a higher version
 * - `removed`: only if the catalog has to have all event types
 */
export type EventVerdict = 'unchanged' | 'new' | 'compatible' | 'new version' | 'breaking' | 'removed';

export interface EventComparison {
  readonly type: string;
  readonly verdict: EventVerdict;
  /** Null for a new event type. */
  readonly versionBefore: number | null;
  /** Null for a removed event type. */
  readonly version: number | null;
  readonly isBreakingForReceivers: boolean;
  readonly isBreakingForPublishers: boolean;
  readonly differences: readonly SchemaDifference[];
}

/** How the catalog relates to what it is compared with. */
export interface CompareCatalogsOptions {
  /** Whether event types that the catalog lacks are removed, or belong to other catalogs. */
  readonly isWhole: boolean;
}

/** Compares each event type of a catalog with the same one before, in alphabetical order. */
export function compareCatalogs(
  before: CatalogSnapshot,
  after: CatalogSnapshot,
  { isWhole }: CompareCatalogsOptions,
): readonly EventComparison[] {
  const known = new Map(before.eventTypes.map((eventType) => [eventType.type, eventType]));
  const present = new Set(after.eventTypes.map(({ type }) => type));
  const removed = isWhole ? before.eventTypes.filter(({ type }) => !present.has(type)) : [];
  return [
    ...after.eventTypes.map((eventType) => compareEvent(known.get(eventType.type), eventType)),
    ...removed.map(toRemoved),
  ].sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** Whether a comparison has to be refused. */
export function isRefused({ verdict }: EventComparison): boolean {
  return verdict === 'breaking' || verdict === 'removed';
}

function compareEvent(before: SnapshotEventType | undefined, after: SnapshotEventType): EventComparison {
  const { type, version } = after;
  if (before === undefined) {
    return { ...unchanged, type, verdict: 'new', versionBefore: null, version };
  }
  const differences = [
    ...(version < before.version ? [toLowered(before.version, version)] : []),
    ...compareSchemas(before.schema, after.schema),
  ];
  const isBreakingForReceivers = differences.some((difference) => difference.isBreakingForReceivers);
  const isBreakingForPublishers = differences.some((difference) => difference.isBreakingForPublishers);
  const isBreaking = isBreakingForReceivers || isBreakingForPublishers;
  return {
    type,
    verdict: toVerdict(version > before.version, isBreaking, differences.length > 0),
    versionBefore: before.version,
    version,
    isBreakingForReceivers,
    isBreakingForPublishers,
    differences,
  };
}

const unchanged = {
  isBreakingForReceivers: false,
  isBreakingForPublishers: false,
  differences: [],
} as const;

function toVerdict(isRaised: boolean, isBreaking: boolean, isChanged: boolean): EventVerdict {
  if (isRaised) return 'new version';
  if (isBreaking) return 'breaking';
  return isChanged ? 'compatible' : 'unchanged';
}

function toLowered(before: number, after: number): SchemaDifference {
  return {
    path: 'version',
    rule: 'version',
    isBreakingForReceivers: true,
    isBreakingForPublishers: true,
    message: `is ${after}, lower than ${before} before`,
  };
}

function toRemoved({ type, version }: SnapshotEventType): EventComparison {
  return {
    type,
    verdict: 'removed',
    versionBefore: version,
    version: null,
    isBreakingForReceivers: true,
    isBreakingForPublishers: true,
    differences: [
      {
        path: 'data',
        rule: 'event removed',
        isBreakingForReceivers: true,
        isBreakingForPublishers: true,
        message: 'the event type is no longer in the catalog',
      },
    ],
  };
}

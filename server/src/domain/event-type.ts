import type { Contract, PayloadSource, Problem } from '@tocsin/shared';
import type { EventPresentation } from './event.ts';

/** An event type that an account can use, with its versions. */
export interface EventType {
  readonly name: string;
  /** Null for types of your own. */
  readonly family: Contract | null;
  /** Null for types of your own. */
  readonly source: PayloadSource | null;
  /** False for the test pings. */
  readonly subscribable: boolean;
  /** Oldest first, at least one. */
  readonly versions: readonly EventTypeVersion[];
  /**
   * Functions that render `data` of the newest version as an older one, by that version. Undefined for registered
   * types, which can have none.
   */
  readonly downcast: Readonly<Record<number, Downcast>> | undefined;
}

/** Renders `data` of the newest version as an older one. */
export type Downcast = (data: Readonly<Record<string, unknown>>) => object;

/** The definition of an event type at one version. */
export interface EventTypeVersion {
  readonly type: string;
  /** A whole number from 1. */
  readonly version: number;
  readonly description: string;
  readonly example: Readonly<Record<string, unknown>>;
  /** Whether the schema names `appId`. It is then filled in from the call, and has to match it. */
  readonly hasAppId: boolean;
  /** Paths of the fields of `data` whose values the search finds. */
  readonly searchable: readonly string[];
  /** What chat messages show. Undefined for the built-in types, which have their own texts. */
  readonly presentation: EventPresentation | undefined;
  /** JSON Schema (draft 2020-12) of `data`. */
  readonly getSchema: () => Record<string, unknown>;
  /** Checks `data`. */
  readonly validate: (data: Readonly<Record<string, unknown>>) => ValidatedData;
}

/** Valid data with the fields of the schema first, in its order, or what is wrong with it. */
export type ValidatedData =
  | { readonly data: Readonly<Record<string, unknown>>; readonly problems?: undefined }
  | { readonly problems: readonly DataProblem[] };

/** One wrong field of `data`. Its path begins at `data`, without it. */
export type DataProblem = Problem;

/** Returns the newest version of an event type. */
export function getLatestVersion({ name, versions }: EventType): EventTypeVersion {
  const latest = versions.at(-1);
  if (latest === undefined) throw new Error(`event type ${name} has no version`);
  return latest;
}

/** Returns a version of an event type. Undefined: it has no such version. */
export function findVersion({ versions }: EventType, version: number): EventTypeVersion | undefined {
  return versions.find((candidate) => candidate.version === version);
}

/** Whether events of the newest version can be sent to webhooks that are pinned to a version. */
export function isReachable(eventType: EventType, version: number): boolean {
  const { downcast } = eventType;
  if (downcast === undefined) return false;
  return version === getLatestVersion(eventType).version || Object.hasOwn(downcast, version);
}

/** Returns data with the fields of a schema first, in its order. */
export function toOrderedData(
  fields: readonly string[],
  data: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (isOrdered(fields, Object.keys(data))) return data;
  const known = fields.filter((field) => Object.hasOwn(data, field));
  const first = known.map((field) => [field, data[field]] as const);
  const others = Object.entries(data).filter(([field]) => !fields.includes(field));
  return Object.fromEntries([...first, ...others]);
}

/** Whether names are in the order of the fields, with the others behind them. Usual, because publishers are typed. */
function isOrdered(fields: readonly string[], names: readonly string[]): boolean {
  let next = 0;
  for (const [index, name] of names.entries()) {
    while (next < fields.length && fields[next] !== name) next++;
    if (next === fields.length) return !names.slice(index).some((other) => fields.includes(other));
  }
  return true;
}

/** The event types of test pings, which only `webhooks.test` sends. */
export const testPings = ['test', 'test.ping'] as const;

export function isTestPing(type: string): boolean {
  return testPings.some((ping) => ping === type);
}

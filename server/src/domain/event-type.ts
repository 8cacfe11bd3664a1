import type { Contract, PayloadSource } from '@tocsin/shared';
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
}

/** The definition of an event type at one version. */
export interface EventTypeVersion {
  readonly type: string;
  /** A whole number from 1. */
  readonly version: number;
  readonly description: string;
  readonly example: Readonly<Record<string, unknown>>;
  /** Whether the schema names `appId`. It is then filled in from the call, and has to match it. */
  readonly hasAppId: boolean;
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

/** One wrong field of `data`. */
export interface DataProblem {
  /** From `data` on, without it. Empty: `data` itself. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Returns the newest version of an event type. */
export function getLatestVersion({ name, versions }: EventType): EventTypeVersion {
  const latest = versions.at(-1);
  if (latest === undefined) throw new Error(`event type ${name} has no version`);
  return latest;
}

/** The event types of test pings, which only `webhooks.test` sends. */
export const testPings = ['test', 'test.ping'] as const;

export function isTestPing(type: string): boolean {
  return testPings.some((ping) => ping === type);
}

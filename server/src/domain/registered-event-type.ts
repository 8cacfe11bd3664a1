import type { Presentation } from '@tocsin/shared';

/** An event type that was registered over the API, with all of its versions. */
export interface RegisteredEventType {
  readonly name: string;
  /** Null: all accounts have it. */
  readonly accountId: string | null;
  /** Oldest first, at least one. */
  readonly versions: readonly RegisteredVersion[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Raised by every change. A change is written only to the revision that it was made from. */
  readonly revision: number;
}

export interface RegisteredVersion {
  readonly version: number;
  readonly description: string;
  /** JSON Schema (draft 2020-12) as JSON text. */
  readonly schemaText: string;
  /** JSON text. */
  readonly exampleText: string;
  readonly presentation: Presentation | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Event types that an account can register, and those for all accounts together. */
export const maxEventTypes = 5_000;

/** Versions of one event type. */
export const maxVersions = 20;

import type { SigningProfile } from '@tocsin/client';

/** A request with a known signature; see shared/vectors/README.md. */
export interface SignedVector {
  readonly name: string;
  readonly profile: SigningProfile;
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly verifies: boolean;
  /** Seconds since 1970. */
  readonly now?: number;
}

/** What the programs of one runtime work with. JSON, because another process reads it. */
export interface RuntimeSettings {
  /** The server. */
  readonly url: string;
  /** The same server behind faults; see `FaultyFront`. */
  readonly frontUrl: string;
  /** An address that refuses connections. */
  readonly refusedUrl: string;
  /** A key with every scope. */
  readonly token: string;
  /** An app of this runtime alone. */
  readonly appId: string;
  /** A database of this runtime alone. */
  readonly mongoUri: string;
  readonly vectors: readonly SignedVector[];
}

/** The results of the programs by name, or the error of one that failed. */
export type ProgramResults = Readonly<Record<string, unknown>>;

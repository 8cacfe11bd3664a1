import { readFileSync } from 'node:fs';
import type { VerifyOptions } from '@tocsin/client/receiver';

/** One entry of shared/vectors/*.json; see the README there. */
export interface Vector {
  readonly name: string;
  readonly profile: 'authon' | 'authforge' | 'standard';
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bodyBase64: string;
  readonly bodyBytes: number;
  readonly verifies: boolean;
  /** Seconds since 1970. */
  readonly now?: number;
}

function loadVectors(profile: Vector['profile']): Vector[] {
  const file = new URL(`../../../../shared/vectors/${profile}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Vector[];
}

export const allVectors = (['authon', 'authforge', 'standard'] as const).flatMap(loadVectors);

export function getVector(profile: Vector['profile'], name: string): Vector {
  const vector = loadVectors(profile).find((candidate) => candidate.name === name);
  if (vector === undefined) throw new Error(`no vector "${name}" of ${profile}`);
  return vector;
}

export function toVerifyOptions({ secrets, profile, now }: Vector): VerifyOptions {
  return { secrets, profile, now: now === undefined ? undefined : () => now * 1000 };
}

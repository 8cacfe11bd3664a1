import type { Actor } from '../../domain/access.ts';
import { sha256Text } from '../common/sha256.ts';

/**
 * Identifies a call. An idempotency key belongs to the credential that sends it, because the response of a
 * call can contain a secret that no other caller of the account may see. Rotating an API key keeps its id.
 */
export function toCallId(actor: Actor, operation: string, key: string): string {
  return sha256Text(JSON.stringify([toCredential(actor), operation, key]), 'base64url');
}

function toCredential(actor: Actor): readonly string[] {
  switch (actor.kind) {
    case 'root':
      return ['root'];
    case 'key':
      return ['key', actor.keyId];
    case 'token':
      return ['token', actor.issuer, actor.subject, actor.accountId];
  }
}

/** Returns the same hash for inputs that differ only in the order of their fields. */
export function toFingerprint(input: object): string {
  return sha256Text(JSON.stringify(input, sortFields), 'base64url');
}

function sortFields(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

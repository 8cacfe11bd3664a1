import { randomBytes } from 'node:crypto';
import type { KeyView } from '@tocsin/shared';
import type { ApiKey } from '../../domain/access.ts';
import { toIso, toIsoOrNull } from '../common/iso-time.ts';
import { sha256Text } from '../common/sha256.ts';

/** Generates the secret of a key: `tsk_` and 48 hex digits. */
export function generateKeySecret(): string {
  return `tsk_${randomBytes(24).toString('hex')}`;
}

/** What is stored of a secret. */
export function toStoredSecret(secret: string): Pick<ApiKey, 'hash' | 'prefix'> {
  return { hash: sha256Text(secret, 'hex'), prefix: secret.slice(0, 10) };
}

export function toApiKeyView(key: ApiKey): KeyView {
  return {
    id: key.id,
    accountId: key.accountId,
    appId: key.appId,
    parentId: key.ancestorIds.at(-1) ?? null,
    name: key.name,
    scopes: [...key.scopes],
    prefix: key.prefix,
    createdAt: toIso(key.createdAt),
    expiresAt: toIsoOrNull(key.expiresAt),
    lastUsedAt: toIsoOrNull(key.lastUsedAt),
    revokedAt: toIsoOrNull(key.revokedAt),
  };
}

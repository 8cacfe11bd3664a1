import type { CreatedKey, RotateKeyInput } from '@tocsin/shared';
import type { Actor, ApiKey } from '../../domain/access.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import { isDescendant } from '../../domain/key-inheritance.ts';
import type { ApiKeyStore } from '../../domain/ports/access-stores.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import type { FindKey } from './find-key.ts';
import { generateKeySecret, toApiKeyView, toStoredSecret } from './key-view.ts';

export interface RotateKeyDeps {
  readonly keys: Pick<ApiKeyStore, 'rotate'>;
  readonly findKey: FindKey;
  readonly audit: AuditService;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly clock: Clock;
  /** Called after the new secret is stored. */
  readonly onRotated: (id: string) => void;
}

export type RotateKey = (actor: Actor, input: RotateKeyInput) => Promise<CreatedKey>;

const hourMs = 60 * 60 * 1000;

/**
 * Replaces the secret of a key. Everything else stays, also the keys that it created. A key rotates itself
 * and its descendants; the operator rotates all keys.
 */
export function createRotateKey({ keys, findKey, audit, calls, clock, onRotated }: RotateKeyDeps): RotateKey {
  /** Stores the new secret. A continued call may find it, as the current or as the previous one. */
  async function store(key: ApiKey, secret: string, overlapHours: number): Promise<ApiKey> {
    const overlapEnd = clock.now() + overlapHours * hourMs;
    const previous = overlapHours === 0 ? null : { hash: key.hash, expiresAt: overlapEnd };
    const next = { ...toStoredSecret(secret), previous };
    if (key.hash === next.hash || key.previous?.hash === next.hash) return key;
    if (await keys.rotate(key, next)) return { ...key, ...next };
    throw fieldError('id', `the API key ${key.id} was rotated or revoked at the same time`);
  }

  return async function rotateKey(actor, { idempotencyKey, ...input }) {
    const { id, overlapHours } = input;
    const key = await findKey(actor, id);
    if (actor.kind !== 'root' && !isDescendant(actor, key) && !(actor.kind === 'key' && actor.keyId === id)) {
      throw apiError(
        'FORBIDDEN',
        `only ${id} itself, a key that created it, or the root token can rotate it`,
      );
    }
    if (key.revokedAt !== null) throw fieldError('id', `the API key ${id} is revoked`);
    return await calls.run({
      actor,
      operation: 'keys.rotate',
      key: idempotencyKey,
      input,
      accountId: key.accountId,
      appId: key.appId,
      // The prefix is part of the audit entry, also if the call is continued after the rotation.
      reserve: () => ({ secret: generateKeySecret(), prefix: key.prefix }),
      getTargetId: () => id,
      work: async ({ secret, prefix }, { entryId }) => {
        const rotated = await store(key, secret, overlapHours);
        onRotated(id);
        const newPrefix = toStoredSecret(secret).prefix;
        await audit.record(actor, {
          action: 'key.rotated',
          accountId: key.accountId,
          appId: key.appId,
          targetId: id,
          targetName: key.name,
          entryId,
          details: { prefix, newPrefix, overlapHours },
        });
        return { ...toApiKeyView(rotated), key: secret };
      },
    });
  };
}

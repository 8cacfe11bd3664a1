import type { Signing } from '@tocsin/shared';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import { maxPreviousSecrets, type PreviousSecret, type Webhook } from '../../domain/webhook.ts';
import { generateSecret, type NewSecret } from './generate-secret.ts';

interface Replacement {
  readonly signing: Signing;
  /** How long the old secret stays valid. */
  readonly overlapMs: number;
  /** @default a generated one */
  readonly next?: NewSecret;
}

/** The fields of a webhook with a new secret, and the secret itself, which only the caller sees. */
export interface NewSecretFields {
  readonly secret: string;
  readonly fields: Pick<Webhook, 'signing' | 'secret' | 'publicKey' | 'previousSecrets'>;
}

/** Replaces the secret of a webhook. */
export function toNewSecretFields(
  secretBox: SecretBox,
  webhook: Webhook,
  { signing, overlapMs, next }: Replacement,
  now: number,
): NewSecretFields {
  const { secret, publicKey } = next ?? generateSecret(signing);
  return {
    secret,
    fields: {
      signing,
      secret: secretBox.encrypt(secret, { webhookId: webhook.id, field: 'secret' }),
      publicKey,
      previousSecrets: toPreviousSecrets(secretBox, webhook, now, overlapMs),
    },
  };
}

/**
 * The secrets that stay valid beside a new one, newest first. An overlap of 0 ends the older ones too,
 * because a secret leaked or the new receiver must not get it.
 */
function toPreviousSecrets(
  secretBox: SecretBox,
  webhook: Webhook,
  now: number,
  overlapMs: number,
): readonly PreviousSecret[] {
  if (overlapMs === 0) return [];
  const older = webhook.previousSecrets.filter((previous) => now < previous.until);
  const sealed = moveSecret(secretBox, webhook);
  const newest = sealed === undefined ? [] : [{ sealed, until: now + overlapMs }];
  return [...newest, ...older].slice(0, maxPreviousSecrets);
}

/** Seals the secret for its new field. Undefined if no key decrypts it, so that it can be replaced anyway. */
function moveSecret(secretBox: SecretBox, { id, secret }: Webhook): string | undefined {
  try {
    const text = secretBox.decrypt(secret, { webhookId: id, field: 'secret' });
    return secretBox.encrypt(text, { webhookId: id, field: 'previousSecrets' });
  } catch {
    return undefined;
  }
}

/** Whether a webhook has a secret: as the current one, or as a previous one. */
export function hasSecret(
  secretBox: Pick<SecretBox, 'decrypt'>,
  { id, secret, previousSecrets }: Webhook,
  text: string,
): boolean {
  const isIn = (sealed: string, field: 'secret' | 'previousSecrets'): boolean => {
    try {
      return secretBox.decrypt(sealed, { webhookId: id, field }) === text;
    } catch {
      return false;
    }
  };
  return isIn(secret, 'secret') || previousSecrets.some(({ sealed }) => isIn(sealed, 'previousSecrets'));
}

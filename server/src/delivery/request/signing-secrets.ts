import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { PreviousSecret, Webhook } from '../../domain/webhook.ts';
import type { SignerInput, SharedSecret, SigningSecret } from './signing/signer.ts';

type SecretsInForce = Pick<SignerInput, 'secrets' | 'proof'>;

/**
 * Tells which secrets are in force at a time, newest first. A contract with room for one proof gets the oldest of them: the
 * receiver may still hold it, until its overlap ends. A private key is never a proof of that kind.
 */
export function createSigningSecrets(
  webhook: Pick<Webhook, 'id' | 'secret' | 'previousSecrets'>,
  secretBox: Pick<SecretBox, 'decrypt'>,
): (time: number) => SecretsInForce {
  const current = signingSecret(secretBox.decrypt(webhook.secret));
  const opened = new Map<PreviousSecret, SigningSecret>();
  // Opened when first needed: one that is over and can no longer be opened must not keep deliveries back.
  const open = (previous: PreviousSecret): SigningSecret => {
    const secret = opened.get(previous) ?? signingSecret(secretBox.decrypt(previous.sealed));
    opened.set(previous, secret);
    return secret;
  };
  const answer = (secrets: readonly SigningSecret[]): SecretsInForce => ({
    secrets,
    proof: () => {
      const proof = secrets.findLast((secret): secret is SharedSecret => secret.kind === 'hmac');
      if (proof === undefined) throw new Error(`webhook ${webhook.id} has no shared secret to prove with`);
      return proof;
    },
  });
  const onlyCurrent = answer([current]);
  return (time) => {
    const inForce = webhook.previousSecrets.filter((previous) => time < previous.until);
    return inForce.length === 0 ? onlyCurrent : answer([current, ...inForce.map(open)]);
  };
}

function signingSecret(text: string): SigningSecret {
  if (text.startsWith('whsk_')) return { kind: 'ed25519', privateKey: toPrivateKey(text) };
  return {
    kind: 'hmac',
    text,
    textKey: createSecretKey(Buffer.from(text, 'utf8')),
    decodedKey: createSecretKey(Buffer.from(text.replace(/^whsec_/, ''), 'base64')),
  };
}

/** What RFC 8410 puts before the 32 bytes of an ed25519 seed: PKCS #8 is the form that Node imports. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** `whsk_` and base64 of the seed, followed by the public key or not. */
function toPrivateKey(text: string): KeyObject {
  const seed = Buffer.from(text.slice('whsk_'.length), 'base64').subarray(0, 32);
  return createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: 'der', type: 'pkcs8' });
}

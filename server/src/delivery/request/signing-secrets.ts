import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { PreviousSecret, Webhook } from '../../domain/webhook.ts';
import { HmacKey } from './signing/hmac-key.ts';
import type { SharedSecret, SignerInput, SigningSecret } from './signing/signer.ts';

type ActiveSecrets = Pick<SignerInput, 'secrets' | 'getSharedSecret'>;

/**
 * Returns a function that returns the secrets that are active at a time. A contract with room for one secret
 * gets the oldest active one, because the receiver may not have switched yet. A private key is never sent.
 */
export function createSigningSecrets(
  webhook: Pick<Webhook, 'id' | 'secret' | 'previousSecrets'>,
  secretBox: Pick<SecretBox, 'decrypt'>,
): (time: number) => ActiveSecrets {
  const { id: webhookId } = webhook;
  const current = toSigningSecret(secretBox.decrypt(webhook.secret, { webhookId, field: 'secret' }));
  const decrypted = new Map<PreviousSecret, SigningSecret>();
  // Decrypts on first use: an expired secret that no key decrypts anymore must not block deliveries.
  const decrypt = (previous: PreviousSecret): SigningSecret => {
    const known = decrypted.get(previous);
    if (known !== undefined) return known;
    const text = secretBox.decrypt(previous.sealed, { webhookId, field: 'previousSecrets' });
    const secret = toSigningSecret(text);
    decrypted.set(previous, secret);
    return secret;
  };
  const toActiveSecrets = (secrets: readonly SigningSecret[]): ActiveSecrets => ({
    secrets,
    getSharedSecret: () => {
      const shared = secrets.findLast((secret): secret is SharedSecret => secret.kind === 'hmac');
      if (shared === undefined) throw new Error(`webhook ${webhook.id} has no shared secret to sign with`);
      return shared;
    },
  });
  const onlyCurrent = toActiveSecrets([current]);
  return (time) => {
    const active = webhook.previousSecrets.filter((previous) => time < previous.until);
    return active.length === 0 ? onlyCurrent : toActiveSecrets([current, ...active.map(decrypt)]);
  };
}

function toSigningSecret(text: string): SigningSecret {
  if (text.startsWith('whsk_')) return { kind: 'ed25519', privateKey: toPrivateKey(text) };
  return {
    kind: 'hmac',
    text,
    textKey: new HmacKey(Buffer.from(text)),
    decodedKey: new HmacKey(Buffer.from(text.replace(/^whsec_/, ''), 'base64')),
  };
}

/** The PKCS #8 header of an ed25519 key (RFC 8410). The 32 bytes of the seed follow it. */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Parses `whsk_` and the base64 of the seed. The public key may follow the seed. */
function toPrivateKey(text: string): KeyObject {
  const seed = Buffer.from(text.slice('whsk_'.length), 'base64').subarray(0, 32);
  return createPrivateKey({ key: Buffer.concat([pkcs8Header, seed]), format: 'der', type: 'pkcs8' });
}

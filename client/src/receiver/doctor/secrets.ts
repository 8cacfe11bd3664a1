import { toKeyBytes } from '@tocsin/shared';
import type { SigningProfile } from '@tocsin/shared';
import { hasSecretPrefix, isSecretTooShort } from '../secret-rules.ts';
import { toExplanation, type Explanation } from './finding.ts';

/** Checks the form of a secret. Accepts any type, so that it also finds a missing secret. */
export function checkSecret(secret: unknown, profile: SigningProfile): Explanation | undefined {
  if (typeof secret !== 'string' || secret === '') {
    return toExplanation(
      'SECRET_MISSING',
      `the secret is ${secret === '' ? 'empty' : `of type ${typeof secret}`}`,
    );
  }
  if (/^\s*["'].*["']\s*$/.test(secret)) return toExplanation('SECRET_QUOTED', 'the secret is in quotes');
  if (!/^[!-~]+$/.test(secret)) {
    const at = secret.search(/[^!-~]/);
    return toExplanation(
      'SECRET_WHITE_SPACE',
      `character ${at} of ${secret.length} of the secret is not a visible ASCII character`,
    );
  }
  if (/^v\d+a?,/.test(secret))
    return toExplanation('SECRET_VERSION_PREFIX', 'the secret starts with a signature version');
  if (/^(tsk_|af_live_)/.test(secret))
    return toExplanation('SECRET_IS_API_KEY', 'the secret has the prefix of an API key');
  if (secret.startsWith('whsk_'))
    return toExplanation('SECRET_PRIVATE_KEY', 'the secret is a private signing key');
  if (profile === 'standard' && !hasSecretPrefix(secret, profile))
    return toExplanation('SECRET_PREFIX_MISSING', 'the secret starts with neither whsec_ nor whpk_');
  if (profile !== 'standard' && secret.startsWith('whpk_'))
    return toExplanation(
      'SECRET_KIND',
      `the secret is a public key, which the profile ${profile} does not use`,
    );
  const prefix = secret.startsWith('whpk_') ? 'whpk_' : 'whsec_';
  if (profile === 'standard' && toKeyBytes(secret, prefix) === undefined) {
    return toExplanation('SECRET_NOT_BASE64', 'the secret is not base64 after its prefix');
  }
  return isSecretTooShort(secret, profile)
    ? toExplanation('SECRET_TOO_SHORT', 'the secret has fewer than 24 bytes')
    : undefined;
}

import type { SigningProfile } from '@tocsin/shared';
import { findSecretProblem } from '../secret-rules.ts';
import { verifiers } from '../verifiers.ts';
import type { AnyReceiverOptions, AnyWebhookHandler } from './receive.ts';

/**
 * Validates the options when an adapter is created, so that a missing secret fails the start instead of every
 * delivery.
 *
 * @throws TypeError that names the option, and never contains a secret
 */
export function requireValidOptions<TArgs extends readonly unknown[]>(
  options: AnyReceiverOptions<TArgs>,
  handler: AnyWebhookHandler,
): void {
  // Checked although typed: JavaScript callers, and environment variables that are not set.
  const { profile = 'standard', tolerance, maxBodyBytes }: Record<string, unknown> = { ...options };
  if (typeof profile !== 'string' || !Object.hasOwn(verifiers, profile)) {
    throw new TypeError(`profile must be one of ${Object.keys(verifiers).join(', ')}`);
  }
  // `as`: the line above has found it among the profiles.
  requireSecrets(options, profile as SigningProfile);
  requireNumber('tolerance', tolerance, 0);
  requireNumber('maxBodyBytes', maxBodyBytes, 1);
  if (typeof handler !== 'function') throw new TypeError('the handler must be a function');
}

function requireSecrets<TArgs extends readonly unknown[]>(
  { secret, secrets }: AnyReceiverOptions<TArgs>,
  profile: SigningProfile,
): void {
  if (secrets === undefined) {
    if (typeof secret !== 'function') requireSecret('secret', secret, profile);
    return;
  }
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new TypeError('secrets must be a list of at least one secret');
  }
  for (const [index, entry] of secrets.entries()) requireSecret(`secrets[${index}]`, entry, profile);
}

function requireSecret(name: string, secret: unknown, profile: SigningProfile): void {
  const problem = secret === undefined ? 'is required, but undefined' : findSecretProblem(secret, profile);
  if (problem !== undefined) throw new TypeError(`the option ${name} ${problem}`);
}

function requireNumber(name: string, value: unknown, minimum: number): void {
  if (value === undefined || (typeof value === 'number' && value >= minimum)) return;
  throw new TypeError(`${name} must be a number of at least ${minimum}`);
}

import type { SigningProfile } from '@tocsin/shared';
import { headerOf, type WebhookHeaders } from '../request.ts';
import { found, type Explanation } from './finding.ts';

const requiredHeaders: Record<SigningProfile, readonly string[]> = {
  authon: ['x-webhook-secret'],
  authforge: ['x-authforge-signature'],
  standard: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
};

/** The profile, other than the expected one, whose headers are all there. */
export function otherProfileOf(
  headers: WebhookHeaders,
  expected: SigningProfile,
): SigningProfile | undefined {
  const profiles = ['standard', 'authforge', 'authon'] as const;
  return profiles.find((profile) => profile !== expected && missingOf(headers, profile).length === 0);
}

/** What is wrong with the headers by their looks alone. */
export function examineHeaders(
  headers: WebhookHeaders,
  profile: SigningProfile,
  body: Uint8Array,
): Explanation | undefined {
  const missing = missingOf(headers, profile);
  if (missing.length > 0) return explainMissing(headers, profile, missing, body);
  const folded = requiredHeaders[profile].find((name) => isFolded(headerOf(headers, name)));
  if (folded !== undefined) return found('HEADER_FOLDED', `the header ${folded} holds more than one value`);
  return profile === 'standard'
    ? examineStandard(headers)
    : profile === 'authforge'
      ? examineAuthforge(headers)
      : undefined;
}

function missingOf(headers: WebhookHeaders, profile: SigningProfile): string[] {
  return requiredHeaders[profile].filter((name) => !headerOf(headers, name));
}

function explainMissing(
  headers: WebhookHeaders,
  profile: SigningProfile,
  missing: string[],
  body: Uint8Array,
): Explanation {
  const names = missing.join(', ');
  const renamed = missing.map((name) => name.replaceAll('-', '_')).flatMap((name) => [name, `http_${name}`]);
  const alias = renamed.find((name) => headerOf(headers, name) !== undefined);
  if (alias !== undefined) return found('HEADER_RENAMED', `${names} came under the name ${alias}`);
  const other = otherProfileOf(headers, profile);
  if (other !== undefined) {
    return found(
      'WRONG_PROFILE',
      `the headers are those of the profile ${other}, but ${profile} is expected`,
    );
  }
  if (
    /^\{"(username|embeds|attachments|type":"message)"/.test(new TextDecoder().decode(body.subarray(0, 40)))
  ) {
    return found('CHAT_FORMAT', 'there are no signature headers, and the body is a chat message');
  }
  return found('HEADER_MISSING', `missing: ${names}`);
}

function isFolded(value: string | readonly string[] | undefined): boolean {
  return typeof value !== 'string' || /,\s/.test(value);
}

function examineStandard(headers: WebhookHeaders): Explanation | undefined {
  const timestamp = textOf(headers, 'webhook-timestamp');
  if (!/^\d{9,11}$/.test(timestamp)) {
    return found('TIMESTAMP_UNIT', `webhook-timestamp is "${timestamp.slice(0, 40)}"`);
  }
  const entries = textOf(headers, 'webhook-signature').split(' ');
  if (!entries.some((entry) => /^v1a?,[A-Za-z0-9+/]+={0,2}$/.test(entry))) {
    return found('SIGNATURE_MALFORMED', 'webhook-signature has no entry of the form v1,<base64>');
  }
  return undefined;
}

function examineAuthforge(headers: WebhookHeaders): Explanation | undefined {
  const signature = textOf(headers, 'x-authforge-signature');
  if (/^sha256=[0-9a-f]{64}$/.test(signature)) return undefined;
  return found('SIGNATURE_MALFORMED', 'x-authforge-signature is not sha256= and 64 lower case hex digits');
}

/** Whether the request has signatures, but only such as a key of the other kind could check. */
export function hasOtherKindOnly(headers: WebhookHeaders, secret: string): boolean {
  const wanted = secret.startsWith('whpk_') ? 'v1a,' : 'v1,';
  return !textOf(headers, 'webhook-signature')
    .split(' ')
    .some((entry) => entry.startsWith(wanted));
}

function textOf(headers: WebhookHeaders, name: string): string {
  const value = headerOf(headers, name);
  return typeof value === 'string' ? value : '';
}

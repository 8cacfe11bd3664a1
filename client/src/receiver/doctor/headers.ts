import type { SigningProfile } from '@tocsin/shared';
import { getHeader, type WebhookHeaders } from '../request.ts';
import { toExplanation, type Explanation } from './finding.ts';

const requiredHeaders: Record<SigningProfile, readonly string[]> = {
  authon: ['x-webhook-secret'],
  authforge: ['x-authforge-signature'],
  standard: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
};

/** Finds a profile other than the expected one whose headers are all present. */
export function findOtherProfile(
  headers: WebhookHeaders,
  expected: SigningProfile,
): SigningProfile | undefined {
  const profiles = ['standard', 'authforge', 'authon'] as const;
  return profiles.find((profile) => profile !== expected && getMissingHeaders(headers, profile).length === 0);
}

/** Checks the form of the headers. */
export function checkHeaders(
  headers: WebhookHeaders,
  profile: SigningProfile,
  body: Uint8Array,
): Explanation | undefined {
  const missing = getMissingHeaders(headers, profile);
  if (missing.length > 0) return explainMissing(headers, profile, missing, body);
  const folded = requiredHeaders[profile].find((name) => isFolded(getHeader(headers, name)));
  if (folded !== undefined)
    return toExplanation('HEADER_FOLDED', `the header ${folded} has more than one value`);
  return profile === 'standard'
    ? checkStandardHeaders(headers)
    : profile === 'authforge'
      ? checkAuthforgeHeaders(headers)
      : undefined;
}

function getMissingHeaders(headers: WebhookHeaders, profile: SigningProfile): string[] {
  return requiredHeaders[profile].filter((name) => !getHeader(headers, name));
}

function explainMissing(
  headers: WebhookHeaders,
  profile: SigningProfile,
  missing: string[],
  body: Uint8Array,
): Explanation {
  const names = missing.join(', ');
  const renamed = missing.map((name) => name.replaceAll('-', '_')).flatMap((name) => [name, `http_${name}`]);
  const alias = renamed.find((name) => getHeader(headers, name) !== undefined);
  if (alias !== undefined)
    return toExplanation('HEADER_RENAMED', `${names} missing; there is a header ${alias}`);
  const other = findOtherProfile(headers, profile);
  if (other !== undefined) {
    return toExplanation(
      'WRONG_PROFILE',
      `the headers are those of the profile ${other}, but the option profile is ${profile}`,
    );
  }
  if (
    /^\{"(username|embeds|attachments|type":"message)"/.test(new TextDecoder().decode(body.subarray(0, 40)))
  ) {
    return toExplanation(
      'CHAT_FORMAT',
      'the request has no signature headers, and its body is a chat message',
    );
  }
  return toExplanation('HEADER_MISSING', `missing headers: ${names}`);
}

function isFolded(value: string | readonly string[] | undefined): boolean {
  return typeof value !== 'string' || /,\s/.test(value);
}

function checkStandardHeaders(headers: WebhookHeaders): Explanation | undefined {
  const timestamp = getHeaderText(headers, 'webhook-timestamp');
  if (!/^[1-9]\d{8,10}$/.test(timestamp)) {
    return toExplanation(
      'TIMESTAMP_UNIT',
      `webhook-timestamp is "${timestamp.slice(0, 40)}", not seconds since 1970`,
    );
  }
  const entries = getHeaderText(headers, 'webhook-signature').split(' ');
  if (!entries.some((entry) => /^v1a?,[A-Za-z0-9+/]+={0,2}$/.test(entry))) {
    return toExplanation('SIGNATURE_MALFORMED', 'webhook-signature has no entry of the form v1,<base64>');
  }
  return undefined;
}

function checkAuthforgeHeaders(headers: WebhookHeaders): Explanation | undefined {
  const signature = getHeaderText(headers, 'x-authforge-signature');
  if (/^sha256=[0-9a-f]{64}$/.test(signature)) return undefined;
  return toExplanation(
    'SIGNATURE_MALFORMED',
    'x-authforge-signature is not sha256= followed by 64 lower-case hex digits',
  );
}

/** Whether all signatures of a request are of a type that this secret cannot check. */
export function hasOnlyOtherKeyType(headers: WebhookHeaders, secret: string): boolean {
  const wanted = secret.startsWith('whpk_') ? 'v1a,' : 'v1,';
  return !getHeaderText(headers, 'webhook-signature')
    .split(' ')
    .some((entry) => entry.startsWith(wanted));
}

function getHeaderText(headers: WebhookHeaders, name: string): string {
  const value = getHeader(headers, name);
  return typeof value === 'string' ? value : '';
}

/** What can be wrong, each with what mends it. Stable names: tests and scripts may match on them. */
export const remedies = {
  VERIFIED: 'Nothing is wrong: the request verifies.',
  PARSED_OBJECT:
    'Verify before the body is parsed: express.raw() instead of express.json(), request.text() instead of request.json(), or one of the adapters.',
  BODY_CONSUMED: 'Verify first, or pass request.clone() to whatever reads it before.',
  BODY_EMPTY: 'Something read the body before. Verify before the body parser.',
  BODY_RESERIALIZED:
    'Pass the bytes as they came in. JSON that was parsed and written again is not what was signed.',
  BODY_LINE_ENDINGS:
    'Do not trim the body, add a line to it or change its line ends, as text editors and shells do.',
  BODY_BYTE_ORDER_MARK: 'Remove the byte order mark that was put before the body.',
  BODY_CHARSET:
    'Read the body as UTF-8, or better as bytes. It was read in a one-byte charset and written as UTF-8.',
  BODY_LOSSY: 'Pass bytes. Some were not understood as text and were replaced by U+FFFD, so they are lost.',
  BODY_DOUBLE_ENCODED: 'The body is a JSON text inside a JSON string. Pass the inner text.',
  BODY_BASE64: 'Decode the body from base64 first (API gateways set isBase64Encoded).',
  BODY_FORM_ENCODED: 'The body went through a form parser. Pass the bytes as they came in.',
  BODY_COMPRESSED:
    'The body is compressed. Something between sender and receiver compressed it; pass it decompressed.',
  BODY_TRUNCATED: 'A part of the body is missing. Read it to its end, and look at size limits on the way.',
  BODY_CHANGED: 'Pass the bytes as they came in, and look for a proxy that changes bodies.',
  SECRET_MISSING: 'No secret is set. Is the environment variable set where this process runs?',
  SECRET_WHITE_SPACE:
    'Remove the white space in or around the secret; a file or a shell often adds a line end.',
  SECRET_QUOTED: 'Remove the quotes around the secret; env files often keep them.',
  SECRET_VERSION_PREFIX: 'This is a signature (v1,...), not a secret. The secret starts with whsec_.',
  SECRET_IS_API_KEY:
    'This is an API key. The secret starts with whsec_ and was shown when the webhook was created.',
  SECRET_PRIVATE_KEY:
    'whsk_ is the half of the key pair that signs and stays with the sender. Verify with the public key, whpk_.',
  SECRET_PREFIX_MISSING:
    'Use the whole secret, whsec_ included: in this profile the prefix is part of the key.',
  SECRET_NOT_BASE64:
    'After whsec_ there has to be base64. Was the secret cut short, or copied from an example?',
  SECRET_KIND:
    'whsec_ secrets go with v1 signatures, whpk_ public keys with v1a. The request has only the other kind.',
  WRONG_SECRET:
    'The request is well formed, so the secret is that of another webhook, or was rotated; or the body was changed without leaving a trace.',
  HEADER_MISSING:
    'The header did not arrive. Does a proxy or gateway drop it, and was this request sent by the platform?',
  HEADER_FOLDED:
    'The header came twice or was joined. Look for a proxy that repeats it, and pass it as one text.',
  HEADER_RENAMED:
    'Pass headers by their names on the wire (webhook-id), not by those of CGI or WSGI (HTTP_WEBHOOK_ID).',
  SIGNATURE_MALFORMED: 'Pass the signature header unchanged, its version or algorithm prefix included.',
  TIMESTAMP_UNIT: 'webhook-timestamp is whole seconds since 1970. Pass the header unchanged.',
  TIMESTAMP_OLD:
    'Either this is a recorded request that is played again, or the clock of this machine is ahead.',
  TIMESTAMP_NEW:
    'The clock of this machine is behind. Synchronise it (NTP); raising the tolerance only hides it.',
  WRONG_PROFILE: 'Pass the profile that the webhook was created with.',
  CHAT_FORMAT: 'The webhook is set to a chat format, which is not signed. Set its format to json.',
  ENVELOPE: 'The signature is right, but the body is not the JSON object that this profile sends.',
  PAYLOAD: 'The signature is right, but data does not fit the schema. Is this package older than the sender?',
} as const;

/** The name of one thing that can be wrong. */
export type FindingCode = keyof typeof remedies;

/** Why a verification failed, as far as it can be told from here. */
export interface Explanation {
  readonly code: FindingCode;
  /** What was found, with the values that matter; never a secret. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
  /** For bodies: the first character that differs from what was signed, counted from 0. */
  readonly firstDifference?: number;
  /** For times: how many seconds the request is older than the present; negative when it is newer. */
  readonly secondsOff?: number;
}

export function found(
  code: FindingCode,
  message: string,
  details: Pick<Explanation, 'firstDifference' | 'secondsOff'> = {},
): Explanation {
  return { code, message, remedy: remedies[code], ...details };
}

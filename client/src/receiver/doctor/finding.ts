/** Every finding with its remedy. The names are stable, so tests and scripts can match on them. */
const remedies = {
  VERIFIED: 'Nothing to do: the request is valid.',
  PARSED_OBJECT:
    'Verify before the body is parsed: express.raw() instead of express.json(), request.text() instead of request.json(), or one of the adapters.',
  BODY_CONSUMED: 'Verify first, or pass request.clone() to the code that reads the body before.',
  BODY_EMPTY: 'The body was already read. Verify before the body parser.',
  BODY_RESERIALIZED:
    'Pass the received bytes. JSON that was parsed and serialized again differs from what was signed.',
  BODY_LINE_ENDINGS:
    'Do not trim the body, append a newline or change its line endings, as text editors and shells do.',
  BODY_BYTE_ORDER_MARK: 'Remove the byte order mark before the body.',
  BODY_CHARSET:
    'Read the body as bytes, or as UTF-8. It was decoded with a single-byte charset and encoded as UTF-8.',
  BODY_LOSSY: 'Pass bytes. Some were not valid text and were replaced by U+FFFD, so they are lost.',
  BODY_DOUBLE_ENCODED: 'The body is JSON inside a JSON string. Pass the inner text.',
  BODY_BASE64: 'Decode the body from base64 first (API gateways set isBase64Encoded).',
  BODY_FORM_ENCODED: 'The body went through a form parser. Pass the received bytes.',
  BODY_COMPRESSED: 'Decompress the body first. Something between sender and receiver compressed it.',
  BODY_TRUNCATED: 'Part of the body is missing. Read it to its end, and check the size limits of proxies.',
  BODY_CHANGED: 'Pass the received bytes, and look for a proxy that changes bodies.',
  SECRET_MISSING: 'Set the secret. Check that its environment variable is set for this process.',
  SECRET_WHITE_SPACE: 'Remove the white space in or around the secret. Files and shells often add a newline.',
  SECRET_QUOTED: 'Remove the quotes around the secret. Some parsers of .env files keep them.',
  SECRET_VERSION_PREFIX: 'Use the secret, which starts with whsec_. This is a signature (v1,...).',
  SECRET_IS_API_KEY:
    'Use the secret, which starts with whsec_ and was shown when the webhook was created. This is an API key.',
  SECRET_PRIVATE_KEY:
    'Verify with the public key, whpk_. This is the private key (whsk_), which only the sender needs.',
  SECRET_PREFIX_MISSING:
    'Use the whole secret including whsec_, or a public key including whpk_. Without the prefix, a public key, which everyone may know, could be taken for a secret.',
  SECRET_TOO_SHORT: 'Copy the whole secret. A shared secret has at least 24 bytes.',
  SECRET_NOT_BASE64:
    'Copy the whole secret: whsec_ followed by base64. This one is truncated or a placeholder.',
  SECRET_KIND: 'Use a whsec_ secret for v1 signatures and a whpk_ public key for v1a signatures.',
  WRONG_SECRET:
    'Check that the secret belongs to this webhook and was not rotated. Otherwise something changed the body.',
  HEADER_MISSING:
    'Check that the request comes from the server, and that no proxy or gateway drops the header.',
  HEADER_FOLDED:
    'Pass the header as one string. It was repeated or joined; look for a proxy that repeats it.',
  HEADER_RENAMED:
    'Pass headers by their HTTP names (webhook-id), not by their CGI or WSGI names (HTTP_WEBHOOK_ID).',
  SIGNATURE_MALFORMED: 'Pass the signature header unchanged, including its version or algorithm prefix.',
  TIMESTAMP_UNIT: 'Pass the header webhook-timestamp unchanged. It is whole seconds since 1970.',
  TIMESTAMP_OLD:
    'Check the clock of this machine; it may be ahead (NTP). Otherwise this is an old request sent again.',
  TIMESTAMP_NEW:
    'Synchronize the clock of this machine (NTP); it is behind. A higher tolerance only hides that.',
  WRONG_PROFILE: 'Set the option profile to the profile of the webhook.',
  CHAT_FORMAT: 'Set the format of the webhook to json. Chat formats are not signed.',
  ENVELOPE: 'Check the sender. The signature is valid, but the body is not the JSON object of this profile.',
  PAYLOAD:
    'Update this package or the catalog. The signature is valid, but data does not match the schema, so the event has the type unknown.',
} as const;

/** Code of a finding of `explainFailure`. */
export type FindingCode = keyof typeof remedies;

/** Why a verification failed. */
export interface Explanation {
  readonly code: FindingCode;
  /** The finding with the relevant values. Never contains a secret. */
  readonly message: string;
  /** How to fix it. */
  readonly remedy: string;
  /** Index of the first character of the body that differs from the signed one. */
  readonly firstDifference?: number;
  /** Age of the request, in seconds. Negative if its time is in the future. */
  readonly secondsOff?: number;
}

/** Creates an explanation with the remedy of its code. */
export function toExplanation(
  code: FindingCode,
  message: string,
  details: Pick<Explanation, 'firstDifference' | 'secondsOff'> = {},
): Explanation {
  return { code, message, remedy: remedies[code], ...details };
}

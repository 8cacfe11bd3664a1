import { apiError } from './errors.ts';

/** More than any receiver needs to find its way; few enough that a request's head stays small. */
const maxCustomHeaders = 32;

const validName = /^[A-Za-z0-9-]{1,64}$/;

/** Visible ASCII, with spaces only inside. Leaves no way to end the header or to begin another one. */
const validValue = /^[\x21-\x7e]+( +[\x21-\x7e]+)*$/;

/** What the platform sets, what steers the connection, and what a proxy on the way would act on. */
const reservedNames: ReadonlySet<string> = new Set([
  'host',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'expect',
  'user-agent',
  'traceparent',
  'tracestate',
]);

const reservedPrefixes: readonly string[] = [
  'content-',
  'proxy-',
  'webhook-',
  'x-webhook-',
  'x-authon-',
  'x-authforge-',
];

/** Names that mean something to an object, and so could reach into code that copies headers. */
const prototypeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Judges the extra headers that a customer wants on his deliveries: answers them with names in lower case, frozen, or
 * throws INVALID_INPUT that names the header. Values are never repeated, since they are often credentials.
 */
export function checkCustomHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const given = Object.entries(headers);
  if (given.length > maxCustomHeaders) {
    throw apiError(
      'INVALID_INPUT',
      `headers has ${given.length} entries; at most ${maxCustomHeaders} are allowed`,
    );
  }
  const checked = new Map<string, string>();
  for (const [name, value] of given) {
    const why = rejectionReason(name, value);
    if (why !== undefined) throw apiError('INVALID_INPUT', `headers: ${quote(name)} ${why}`);
    const lowerCase = name.toLowerCase();
    if (checked.has(lowerCase)) {
      throw apiError(
        'INVALID_INPUT',
        `headers: ${quote(name)} is given twice; names are the same in any case`,
      );
    }
    checked.set(lowerCase, value);
  }
  return Object.freeze(Object.fromEntries(checked));
}

function rejectionReason(name: string, value: unknown): string | undefined {
  const lowerCase = name.toLowerCase();
  if (prototypeNames.has(lowerCase)) return 'is not allowed as a name';
  if (!validName.test(name)) return 'is not a valid name; use 1 to 64 letters, digits and dashes';
  if (isReserved(lowerCase)) return 'is set by the platform or steers the connection; use another name';
  if (typeof value !== 'string' || !validValue.test(value)) {
    return 'has an invalid value; use visible ASCII characters, with spaces only between them';
  }
  return undefined;
}

function isReserved(lowerCase: string): boolean {
  return reservedNames.has(lowerCase) || reservedPrefixes.some((prefix) => lowerCase.startsWith(prefix));
}

/** A name comes from a stranger and goes into a message: cut, and with everything but visible ASCII escaped. */
function quote(name: string): string {
  return JSON.stringify(name.slice(0, 64)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

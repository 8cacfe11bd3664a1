import type { Problem } from '@tocsin/shared';
import { fieldErrors, TocsinError } from './errors.ts';

/** Keeps the header section of a request small. */
const maxCustomHeaders = 32;

const validName = /^[A-Za-z0-9-]{1,64}$/;

/** Visible ASCII, with spaces only between characters. Prevents header injection. */
const validValue = /^[\x21-\x7e]+( +[\x21-\x7e]+)*$/;

/** Headers that the platform sets, that control the connection, or that a proxy acts on. */
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
  'x-tocsin-',
];

/** Prevents prototype pollution in code that copies headers. */
const prototypeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Validates the custom headers of a webhook. Returns them frozen, with lower-case names.
 *
 * @throws INVALID_INPUT, which names the header but not its value, because values are often credentials.
 */
export function checkCustomHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const given = Object.entries(headers);
  if (given.length > maxCustomHeaders) {
    const message = `has ${given.length} entries; at most ${maxCustomHeaders} are allowed`;
    throw new TocsinError('INVALID_INPUT', `headers ${message}`, {
      problems: [{ path: 'headers', message }],
    });
  }
  const checked = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [name, value] of given) {
    const lowerCase = name.toLowerCase();
    const problem = checked.has(lowerCase)
      ? 'is given twice; names are case-insensitive'
      : findProblem(name, value);
    if (problem !== undefined) problems.push({ path: 'headers', message: `${quote(name)} ${problem}` });
    checked.set(lowerCase, value);
  }
  if (problems.length > 0) throw fieldErrors('INVALID_INPUT', problems);
  return Object.freeze(Object.fromEntries(checked));
}

function findProblem(name: string, value: unknown): string | undefined {
  const lowerCase = name.toLowerCase();
  if (prototypeNames.has(lowerCase)) return 'is not allowed as a name';
  if (!validName.test(name)) return 'is not a valid name; use 1 to 64 letters, digits and dashes';
  if (isReserved(lowerCase)) return 'is set by the platform or controls the connection; use another name';
  if (typeof value !== 'string' || !validValue.test(value)) {
    return 'has an invalid value; use visible ASCII characters, with spaces only between them';
  }
  return undefined;
}

function isReserved(lowerCase: string): boolean {
  return reservedNames.has(lowerCase) || reservedPrefixes.some((prefix) => lowerCase.startsWith(prefix));
}

/** Makes a name safe for a message: truncates it and escapes everything but visible ASCII. */
function quote(name: string): string {
  return JSON.stringify(name.slice(0, 64)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

import { toBytes, getEventDefinition, fromBase64, isAnyEventType } from '@tocsin/shared';
import { found, type Explanation, type FindingCode } from './finding.ts';

/** What the body may have been before something on the way changed it. */
interface Guess {
  readonly code: FindingCode;
  readonly what: string;
  readonly body: string | Uint8Array;
}

/** Finds the change after which the signature holds; undefined when none of the known ones explains it. */
export async function explainBody(
  body: Uint8Array,
  isProven: (body: Uint8Array<ArrayBuffer>) => Promise<boolean>,
): Promise<Explanation | undefined> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  for (const guess of guesses(text)) {
    const bytes = toBytes(guess.body);
    if (!(await isProven(bytes))) continue;
    const at = firstDifference(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), text);
    return found(guess.code, `${guess.what}; the first difference is at character ${at}`, {
      firstDifference: at,
    });
  }
  return undefined;
}

/** What the body's looks say when no guess explains the signature. */
export function examineBody(body: Uint8Array, contentLength: unknown): Explanation | undefined {
  if (body.length === 0) return found('BODY_EMPTY', 'the body has no bytes');
  if (body[0] === 0x1f && body[1] === 0x8b) return found('BODY_COMPRESSED', 'the body starts as gzip does');
  const text = new TextDecoder().decode(body);
  if (text.includes('\ufffd')) return found('BODY_LOSSY', `U+FFFD at character ${text.indexOf('\ufffd')}`);
  if (text === '[object Object]')
    return found('PARSED_OBJECT', 'the body is the text of a JavaScript object');
  if (parsed(text) !== undefined) return undefined;
  if (/^[\w.%+-]+=/.test(text)) return found('BODY_FORM_ENCODED', 'the body looks like a form');
  const announced = typeof contentLength === 'string' ? Number(contentLength) : body.length;
  return found(
    'BODY_TRUNCATED',
    `the body of ${body.length} bytes is not JSON; ${announced} bytes were announced`,
  );
}

/** Compares with what the sender says it sent. */
export function compareBodies(sent: string, body: Uint8Array): Explanation | undefined {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  if (sent === text) return undefined;
  const at = firstDifference(sent, text);
  const message = `at character ${at}, ${excerpt(sent, at)} was sent and ${excerpt(text, at)} was received`;
  return found('BODY_CHANGED', message, { firstDifference: at });
}

function* guesses(text: string): Generator<Guess> {
  const trimmed = text.trimEnd();
  for (const body of [
    trimmed,
    `${text}\n`,
    text.replaceAll('\r\n', '\n'),
    trimmed.replaceAll('\r\n', '\n'),
  ]) {
    yield { code: 'BODY_LINE_ENDINGS', what: 'the ends of lines, or of the body, were changed', body };
  }
  if (text.startsWith('\ufeff')) {
    yield {
      code: 'BODY_BYTE_ORDER_MARK',
      what: 'a byte order mark was put before the body',
      body: text.slice(1),
    };
  }
  const value = parsed(text);
  if (typeof value === 'string') {
    yield { code: 'BODY_DOUBLE_ENCODED', what: 'the body is JSON inside a JSON string', body: value };
  } else if (value !== undefined) {
    const what = 'the body was parsed and written again';
    for (const body of rewritings(value)) yield { code: 'BODY_RESERIALIZED', what, body };
  }
  if (/[\u0080-\u00ff]/.test(text) && !/[\u0100-\uffff]/.test(text)) {
    const body = Uint8Array.from(text, (character) => character.charCodeAt(0));
    yield { code: 'BODY_CHARSET', what: 'the body was read as Latin-1 and written as UTF-8', body };
  }
  const decoded = fromBase64(text);
  if (decoded) yield { code: 'BODY_BASE64', what: 'the body is base64', body: decoded };
  const form = new URLSearchParams(text);
  for (const [name, content] of form) {
    yield {
      code: 'BODY_FORM_ENCODED',
      what: 'the body went through a form parser',
      body: content === '' ? name : content,
    };
  }
}

/** The ways in which the platform may have written a value that came back in another writing. */
function* rewritings(value: unknown): Generator<string> {
  yield JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return;
  const { event, type, timestamp, data, ...rest } = value as Record<string, unknown>;
  // The platform's order; JSON.stringify leaves out the one of `event` and `type` that is undefined.
  yield JSON.stringify({ event, type, timestamp, data, ...rest });
  const name = event ?? type;
  if (typeof name !== 'string' || !isAnyEventType(name) || typeof data !== 'object' || data === null) return;
  const fields = data as Record<string, unknown>;
  const ordered = Object.keys(getEventDefinition(name).schema.shape).map(
    (key) => [key, fields[key]] as const,
  );
  yield JSON.stringify({ event, type, timestamp, data: { ...Object.fromEntries(ordered), ...fields } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function excerpt(text: string, at: number): string {
  return at >= text.length ? 'the end' : JSON.stringify(text.slice(at, at + 12));
}

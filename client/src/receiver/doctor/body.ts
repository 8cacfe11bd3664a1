import { builtInFields, fromBase64, toBytes } from '@tocsin/shared';
import { toExplanation, type Explanation, type FindingCode } from './finding.ts';

/** A body that may have been signed before something changed it. */
interface Candidate {
  readonly code: FindingCode;
  /** What changed the signed body into the received one. */
  readonly change: string;
  readonly body: string | Uint8Array;
}

/** A form has few fields. The limit bounds the cost of a body with very many. */
const maxFormFields = 16;

/** Finds the known change of the body that explains the signature, if any. */
export async function explainBody(
  body: Uint8Array,
  matches: (body: Uint8Array<ArrayBuffer>) => Promise<boolean>,
): Promise<Explanation | undefined> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  for (const candidate of candidates(text)) {
    const bytes = toBytes(candidate.body);
    if (!(await matches(bytes))) continue;
    const at = firstDifference(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), text);
    return toExplanation(candidate.code, `${candidate.change}; the first difference is at character ${at}`, {
      firstDifference: at,
    });
  }
  return undefined;
}

/** Checks the form of a body. Used if no known change explains the signature. */
export function checkBody(body: Uint8Array, contentLength: unknown): Explanation | undefined {
  if (body.length === 0) return toExplanation('BODY_EMPTY', 'the body has no bytes');
  if (body[0] === 0x1f && body[1] === 0x8b)
    return toExplanation('BODY_COMPRESSED', 'the body starts like gzip data');
  const text = new TextDecoder().decode(body);
  if (text.includes('\ufffd'))
    return toExplanation('BODY_LOSSY', `the body has U+FFFD at character ${text.indexOf('\ufffd')}`);
  if (text === '[object Object]')
    return toExplanation(
      'PARSED_OBJECT',
      'the body is "[object Object]", a JavaScript object converted to text',
    );
  if (parseJson(text) !== undefined) return undefined;
  if (/^[\w.%+-]+=/.test(text)) return toExplanation('BODY_FORM_ENCODED', 'the body looks like form data');
  const announced = typeof contentLength === 'string' ? Number(contentLength) : 'missing';
  return toExplanation(
    'BODY_TRUNCATED',
    `the body of ${body.length} bytes is not JSON; content-length is ${announced}`,
  );
}

/** Compares the received body with the one that was sent. */
export function compareBodies(sent: string, body: Uint8Array): Explanation | undefined {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  if (sent === text) return undefined;
  const at = firstDifference(sent, text);
  const message = `at character ${at}, ${excerpt(sent, at)} was sent and ${excerpt(text, at)} was received`;
  return toExplanation('BODY_CHANGED', message, { firstDifference: at });
}

function* candidates(text: string): Generator<Candidate> {
  const trimmed = text.trimEnd();
  for (const body of [
    trimmed,
    `${text}\n`,
    text.replaceAll('\r\n', '\n'),
    trimmed.replaceAll('\r\n', '\n'),
  ]) {
    yield { code: 'BODY_LINE_ENDINGS', change: 'line endings, or the end of the body, were changed', body };
  }
  if (text.startsWith('\ufeff')) {
    yield {
      code: 'BODY_BYTE_ORDER_MARK',
      change: 'a byte order mark was added before the body',
      body: text.slice(1),
    };
  }
  const value = parseJson(text);
  if (typeof value === 'string') {
    yield { code: 'BODY_DOUBLE_ENCODED', change: 'the body is JSON inside a JSON string', body: value };
  } else if (value !== undefined) {
    const change = 'the body was parsed and serialized again';
    for (const body of serializations(value)) yield { code: 'BODY_RESERIALIZED', change, body };
  }
  if (/[\u0080-\u00ff]/.test(text) && !/[\u0100-\uffff]/.test(text)) {
    const body = Uint8Array.from(text, (character) => character.charCodeAt(0));
    yield { code: 'BODY_CHARSET', change: 'the body was decoded as Latin-1 and encoded as UTF-8', body };
  }
  const decoded = fromBase64(text);
  if (decoded) yield { code: 'BODY_BASE64', change: 'the body is base64', body: decoded };
  for (const [name, content] of [...new URLSearchParams(text)].slice(0, maxFormFields)) {
    yield {
      code: 'BODY_FORM_ENCODED',
      change: 'the body went through a form parser',
      body: content === '' ? name : content,
    };
  }
}

/** The ways in which the server may have serialized a value. None if it is too deep for this runtime. */
function* serializations(value: unknown): Generator<string> {
  for (const form of forms(value)) {
    const text = serialize(form);
    if (text !== undefined) yield text;
  }
}

function* forms(value: unknown): Generator {
  yield value;
  if (typeof value !== 'object' || value === null) return;
  const { event, type, timestamp, data, ...rest } = value as Record<string, unknown>;
  // The server's key order. JSON.stringify omits the one of `event` and `type` that is undefined.
  yield { event, type, timestamp, data, ...rest };
  const name = event ?? type;
  if (typeof name !== 'string' || !Object.hasOwn(builtInFields, name)) return;
  if (typeof data !== 'object' || data === null) return;
  const fields = data as Record<string, unknown>;
  const ordered = Object.keys(builtInFields[name] ?? {}).map((key) => [key, fields[key]] as const);
  yield { event, type, timestamp, data: { ...Object.fromEntries(ordered), ...fields } };
}

function serialize(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // JSON.stringify is recursive, so very deep values exceed the stack
  }
}

function parseJson(text: string): unknown {
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
  return at >= text.length ? 'the end of the body' : JSON.stringify(text.slice(at, at + 12));
}

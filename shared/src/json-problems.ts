/** A place in a JSON text: the keys and indexes that lead to it. */
export type JsonPath = readonly (string | number)[];

/** Part of a JSON text that is valid JSON and that Tocsin does not accept. */
export interface JsonProblem {
  /** Place of the number or key. Cut after 100 segments; `data` may have 60 levels. */
  readonly path: JsonPath;
  /** What is wrong and what would be right, without the path. */
  readonly message: string;
}

const numberMessage = 'a 64-bit float cannot hold this number exactly; send it as a string';
const keyMessage = 'this key is not accepted, because it can change the prototype of objects';

/**
 * Finds the first part of a JSON text that is not accepted. Returns undefined if there is none, and if the
 * text is not valid JSON.
 *
 * @example
 * findJsonProblem('{"id":9007199254740993}')?.path; // ['id']
 */
export function findJsonProblem(text: string): JsonProblem | undefined {
  for (const problem of listJsonProblems(text)) return problem;
  return undefined;
}

/**
 * Lists the parts of a JSON text that are not accepted, in the order of the text:
 *
 * - numbers that a double does not hold exactly: those that `JSON.stringify` would print with another value
 * - the key `__proto__`, and the key `prototype` inside of `constructor` (prototype pollution)
 *
 * Lists nothing if the text is not valid JSON.
 */
export function* listJsonProblems(text: string): Generator<JsonProblem, void, undefined> {
  if (!mayHaveProblem(text)) return;
  // The usual parsers skip a byte order mark.
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (isJson(json)) yield* scan(json);
}

/**
 * Whether the double of a JSON number, as `JSON.stringify` prints it, has the value of its literal. `1.0`,
 * `1e2`, `0.10` and `-0` are exact; `9007199254740993`, `1e400`, `1e-400` and `0.12345678901234567890` are not.
 * Compares the decimal digits, so a literal with many digits is exact only if the double prints all of them.
 */
function isExactNumber(literal: string): boolean {
  const value = Number(literal);
  return Number.isFinite(value) && toDecimal(literal) === toDecimal(String(value));
}

/** The value of a decimal literal in one form: `digits e exponent` without leading and trailing zeros. */
function toDecimal(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const digits = `${whole}${fraction}`;
  let start = 0;
  while (digits[start] === '0') start++;
  if (start === digits.length) return '0';
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return `${sign}${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}

/** A number of at least 16 characters or with an exponent. A double holds all numbers of 15 digits. */
const suspectNumber = /[:,[ \n\r\t]-?\d(?:[\d.]{15}|[\d.]*[eE])/;
const startsWithNumber = /^[-\d]/;
/** An escaped ASCII letter or underscore, which serializers do not write. */
const escapedLetter = /\\u00[567]/;

/** A cheap test, which every publish pays for. True for all texts with a problem, and for some others. */
function mayHaveProblem(text: string): boolean {
  return (
    text.includes('proto') ||
    suspectNumber.test(text) ||
    escapedLetter.test(text) ||
    startsWithNumber.test(text)
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The tokens of valid JSON that tell where numbers and keys are. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],:]/g;

const maxPathSegments = 100;

/** Reads valid JSON without recursion, so the depth of a text cannot exhaust the stack. */
function* scan(json: string): Generator<JsonProblem, void, undefined> {
  // One segment for each open object and array: the current key or index.
  const path: (string | number)[] = [];
  let lastString = '""';
  const at = (message: string): JsonProblem => ({ path: path.slice(0, maxPathSegments), message });
  for (const [token] of json.matchAll(tokens)) {
    const top = path.length - 1;
    switch (token[0]) {
      case '"':
        lastString = token;
        break;
      case ':':
        path[top] = String(JSON.parse(lastString));
        if (isPrototypeKey(path)) yield at(keyMessage);
        break;
      case ',': {
        const index = path[top];
        if (typeof index === 'number') path[top] = index + 1;
        break;
      }
      case '{':
        path.push('');
        break;
      case '[':
        path.push(0);
        break;
      case '}':
      case ']':
        path.pop();
        break;
      default:
        if (!isExactNumber(token)) yield at(numberMessage);
    }
  }
}

function isPrototypeKey(path: JsonPath): boolean {
  const key = path.at(-1);
  return key === '__proto__' || (key === 'prototype' && path.at(-2) === 'constructor');
}

/** Joins a path and the message of a problem, such as `data.id: ...`. */
export function toProblemMessage({ path, message }: JsonProblem): string {
  const text = path.join('.');
  if (text === '') return message;
  return `${text.length > maxPathLength ? `${text.slice(0, maxPathLength)}…` : text}: ${message}`;
}

/** Fits the paths of all documented fields. Keys are the caller's own and may be long. */
const maxPathLength = 200;

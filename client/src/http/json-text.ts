import { invalidInput, toErrorText, type TocsinClientError } from '../errors.ts';

/**
 * Serializes a value as JSON. Returns an error for a value that JSON cannot hold: bigints, and `NaN`, infinite
 * numbers and invalid dates, which `JSON.stringify` would turn into null. The error names the field.
 *
 * @param what names the value in errors about the whole of it
 */
export function toJsonText(value: unknown, what: string): string | TocsinClientError {
  try {
    // `as`: the type of JSON.stringify leaves out that a function or a symbol has no text.
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) return invalidInput(`${what} is not a JSON value`);
    // Only a text with a null can contain such a number, so that most values are serialized once.
    const problem = text.includes('null') ? findProblem(value) : undefined;
    return problem === undefined ? text : invalidInput(problem);
  } catch (cause) {
    return invalidInput(
      findBigint(value) ?? `${what} cannot be serialized as JSON: ${toErrorText(cause)}`,
      cause,
    );
  }
}

/** Other errors of the serialization, such as a cycle, say by themselves what is wrong. */
function findBigint(value: unknown): string | undefined {
  try {
    return findProblem(value);
  } catch {
    return undefined;
  }
}

/** Serializes a value again, to find the path of the first one that JSON cannot hold. */
function findProblem(root: unknown): string | undefined {
  const paths = new Map<unknown, string>();
  let found: string | undefined;
  JSON.stringify(root, function (this: unknown, key: string, value: unknown) {
    if (found !== undefined) return undefined;
    const parent = paths.get(this);
    const path = parent === undefined || parent === '' ? key : `${parent}.${key}`;
    const reason = toReason(value, (this as Record<string, unknown>)[key]);
    if (reason !== undefined) {
      found = path === '' ? reason : `${path}: ${reason}`;
      return undefined;
    }
    if (typeof value === 'object' && value !== null) paths.set(value, path);
    return value;
  });
  return found;
}

/** @param original the value before its `toJSON` */
function toReason(value: unknown, original: unknown): string | undefined {
  if (typeof value === 'bigint') return 'JSON cannot hold a bigint; send it as a string';
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value} is not a JSON number`;
  const isInvalidDate = original instanceof Date && Number.isNaN(original.getTime());
  return isInvalidDate && value === null ? 'the date is not valid' : undefined;
}

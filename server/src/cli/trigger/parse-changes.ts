import { UsageError } from '../command.ts';
import { findValue, toNames, type DataChange } from './data-path.ts';

/** The options that change the example. */
export interface ChangeOptions {
  readonly set: readonly string[] | undefined;
  readonly 'set-json': readonly string[] | undefined;
  readonly unset: readonly string[] | undefined;
}

/** What is known of the fields. */
export interface DataShape {
  readonly example: Readonly<Record<string, unknown>>;
  readonly schema: Readonly<Record<string, unknown>>;
}

/**
 * Parses the options. A value of `--set` is text where the field is text, and JSON elsewhere, so that `zip=01234`
 * stays text and `amount=5` becomes a number.
 *
 * @throws UsageError
 */
export function parseChanges(options: ChangeOptions, shape: DataShape): readonly DataChange[] {
  return [
    ...(options.set ?? []).map((text) => {
      const { path, value } = toPair(text, 'set');
      return { path, value: isTextField(path, shape) ? value : toJsonOrText(value) };
    }),
    ...(options['set-json'] ?? []).map((text) => {
      const { path, value } = toPair(text, 'set-json');
      return { path, value: toJson(path, value) };
    }),
    ...(options.unset ?? []).map((path) => ({ path, value: undefined })),
  ];
}

function toPair(text: string, option: string): { readonly path: string; readonly value: string } {
  const end = text.indexOf('=');
  // Without the text, which is a part of the payload.
  if (end < 1) throw new UsageError(`--${option}: must be a path and a value, such as user.name=Ann`);
  return { path: text.slice(0, end), value: text.slice(end + 1) };
}

/** Whether the schema says that a field is text, or the example has text there. */
function isTextField(path: string, { example, schema }: DataShape): boolean {
  const types = findTypes(schema, toNames(path));
  return types === undefined ? typeof findValue(example, path) === 'string' : types.includes('string');
}

/** Returns the types that a JSON Schema allows at a path. Undefined if the schema does not say it plainly. */
function findTypes(schema: unknown, names: readonly string[]): readonly unknown[] | undefined {
  const [name, ...rest] = names;
  if (name === undefined) {
    const type = find(schema, 'type');
    return type === undefined ? undefined : [type].flat();
  }
  return findTypes(find(find(schema, 'properties'), name) ?? find(schema, 'items'), rest);
}

function find(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name) as unknown;
}

function toJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function toJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`--set-json: the value of ${path} is not valid JSON`);
  }
}

import type { StandardSchema, StandardSchemaIssue } from './standard-schema.ts';

/** The result of a schema: the parsed data, or what is wrong with it, each with the path of its field. */
export type CheckedData =
  | { readonly data: Record<string, unknown>; readonly issues?: undefined }
  | { readonly issues: readonly DataIssue[] };

/** One thing that is wrong with the data of an event. */
export interface DataIssue {
  /** The field, such as `lines.0.amount`. Empty for the data as a whole. */
  readonly field: string;
  readonly message: string;
}

/**
 * Checks the `data` of an event with a schema of any library.
 *
 * @throws TypeError if the schema is asynchronous
 */
export function checkData(schema: StandardSchema, data: unknown): CheckedData {
  const result = schema['~standard'].validate(data);
  if (result instanceof Promise) {
    result.catch(() => undefined); // Its result is not used, so its error is not either.
    throw new TypeError('the schema is asynchronous; use one that validates synchronously');
  }
  if (result.issues !== undefined) return { issues: result.issues.map(toDataIssue) };
  if (isRecord(result.value)) return { data: result.value };
  return { issues: [{ field: '', message: 'the schema does not return an object' }] };
}

/** One line for all issues: `data.amount: must be a number; data.lines: is missing`. */
export function toIssueText(issues: readonly DataIssue[]): string {
  return issues.map(({ field, message }) => `data${field === '' ? '' : `.${field}`}: ${message}`).join('; ');
}

function toDataIssue({ path = [], message }: StandardSchemaIssue): DataIssue {
  const keys = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return { field: keys.join('.'), message };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

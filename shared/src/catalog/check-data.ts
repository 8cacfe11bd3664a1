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
 * Checks the `data` of an event with a schema of any library. Never throws: an asynchronous schema, and one
 * whose own code throws, is an issue of the data as a whole.
 */
export function checkData(schema: StandardSchema, data: unknown): CheckedData {
  let result;
  try {
    result = schema['~standard'].validate(data);
  } catch (error) {
    return fault(`the schema throws: ${String(error)}`);
  }
  if (result instanceof Promise) {
    // Zod also validates a schema whose own code throws a second time, asynchronously.
    result.catch(() => undefined);
    return fault('the schema is asynchronous; use one that validates synchronously');
  }
  if (result.issues !== undefined) return { issues: result.issues.map(toDataIssue) };
  return isRecord(result.value) ? { data: result.value } : fault('the schema does not return an object');
}

function fault(message: string): CheckedData {
  return { issues: [{ field: '', message }] };
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

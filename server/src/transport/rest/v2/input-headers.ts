import type { IncomingHttpHeaders } from 'node:http';
import type * as z from 'zod';
import type { Problem } from '@tocsin/shared';
import { fieldErrors } from '../../../domain/errors.ts';
import { readIfMatch } from './entity-tag.ts';

interface InputHeader {
  readonly name: string;
  /** The field of the input that the header sets. */
  readonly field: string;
  readonly read: (value: string) => unknown;
}

const inputHeaders: readonly InputHeader[] = [
  { name: 'Idempotency-Key', field: 'idempotencyKey', read: withoutQuotes },
  { name: 'If-Match', field: 'expectedRevision', read: readIfMatch },
];

/** Headers that set a field of the input, for the procedures whose input has it. */
export function listInputHeaders(input: z.ZodObject): readonly InputHeader[] {
  return inputHeaders.filter(({ field }) => field in input.shape);
}

/**
 * Returns the fields that headers set.
 *
 * @param given the input without headers. A field of the same name must have the same value.
 * @throws INVALID_INPUT, which names the header, also if the operation does not have it
 */
export function readInputHeaders(
  headers: IncomingHttpHeaders,
  input: z.ZodObject,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const { name, field, read } of inputHeaders) {
    const value = headers[name.toLowerCase()];
    if (typeof value !== 'string') continue;
    if (!(field in input.shape)) {
      problems.push({ path: name, message: 'this operation does not support the header; leave it out' });
      continue;
    }
    const parsed = read(value);
    if (given[field] !== undefined && given[field] !== parsed) {
      problems.push({ path: name, message: `differs from ${field} of the input; send one of them` });
    }
    if (parsed !== undefined) fields[field] = parsed;
  }
  if (problems.length > 0) throw fieldErrors('INVALID_INPUT', problems);
  return fields;
}

/** Problems of fields that a header set name the header. */
export function toHeaderProblems(
  problems: readonly Problem[],
  fields: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  return problems.map((problem) => {
    const header = inputHeaders.find(({ field }) => field === problem.path && field in fields);
    return header === undefined ? problem : { ...problem, path: header.name };
  });
}

/** The draft of the IETF has the key as a quoted string; most services take it as it is. */
function withoutQuotes(value: string): string {
  return value.length > 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

import {
  listProblems,
  toPathText,
  unknownEventPrefix,
  unknownFieldPrefix,
  type ErrorCode,
  type JsonProblem,
  type Problem,
  type ZodSchema,
} from '@tocsin/shared';
import { apiError, fieldErrors, type TocsinError } from '../../domain/errors.ts';

/**
 * The error for a value that a schema rejects. Names every wrong field.
 *
 * @param whole what messages about the value itself call it
 */
export function inputErrorFromValue(schema: ZodSchema, value: unknown, whole?: string): TocsinError {
  return inputErrorFromProblems(listProblems(schema, value, whole));
}

/** The error for wrong fields. Its code is the narrowest one that fits all of them. */
export function inputErrorFromProblems(problems: readonly Problem[]): TocsinError {
  if (problems.length === 0) return apiError('INVALID_INPUT', 'the request is not valid');
  const [code, ...others] = new Set(problems.map(toCode));
  return fieldErrors(others.length === 0 && code !== undefined ? code : 'INVALID_INPUT', problems);
}

function toCode({ path, message }: Problem): ErrorCode {
  const [first] = path.split('.', 1);
  if ((first === 'events' || first === 'event') && message.startsWith(unknownEventPrefix)) {
    return 'UNKNOWN_EVENT';
  }
  return path === 'url' && !message.startsWith(unknownFieldPrefix) ? 'INVALID_URL' : 'INVALID_INPUT';
}

/** The error for a JSON text with numbers or keys that are not accepted. Names the fields, never their values. */
export function inputErrorFromJson(problems: readonly JsonProblem[]): TocsinError {
  return inputErrorFromProblems(problems.map(({ path, message }) => ({ path: toPathText(path), message })));
}

/** Problems of a query, whose fields are called parameters, and whose values are all texts or lists of texts. */
export function toQueryProblems(problems: readonly Problem[]): readonly Problem[] {
  return problems.map(({ path, message }) => ({
    path,
    message: message
      .replace(unknownFieldPrefix, 'unknown parameter')
      .replace(/^must be (.*), not an array$/, 'is given more than once; it must be $1')
      .replace(/, not an? (?:empty )?string$/, '')
      .replace(/^must be a boolean$/, 'must be true or false'),
  }));
}

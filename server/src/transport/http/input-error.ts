import type * as z from 'zod';
import { toProblemMessage, unknownEventPrefix, type JsonProblem } from '@tocsin/shared';
import { apiError, type TocsinError } from '../../domain/errors.ts';

type Issue = z.core.$ZodIssue;

/** The error for input that a schema rejects: the first issue, prefixed with the path of the value. */
export function inputErrorFromIssues(issues: readonly Issue[], cause?: unknown): TocsinError {
  const [issue] = issues;
  if (issue === undefined) return apiError('INVALID_INPUT', 'the request is not valid', cause);
  const code = isUnknownEvent(issue)
    ? 'UNKNOWN_EVENT'
    : isInvalidUrl(issue)
      ? 'INVALID_URL'
      : 'INVALID_INPUT';
  return apiError(code, toMessage(issue), cause);
}

/** The error for a JSON text with a number or key that is not accepted. Names the field, never its value. */
export function inputErrorFromProblem(problem: JsonProblem): TocsinError {
  return apiError('INVALID_INPUT', toProblemMessage(problem));
}

function toMessage(issue: Issue): string {
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

function isUnknownEvent({ path: [first], message }: Issue): boolean {
  return (first === 'events' || first === 'event') && message.startsWith(unknownEventPrefix);
}

function isInvalidUrl(issue: Issue): boolean {
  return issue.path.length === 1 && issue.path[0] === 'url' && issue.code !== 'unrecognized_keys';
}

import type * as z from 'zod';
import { apiError, type TocsinError } from '../../domain/errors.ts';

type Issue = z.core.$ZodIssue;

/** A schema's complaint as a refusal: the first issue, with the path of the value and what would be right. */
export function invalidInput(issues: readonly Issue[], cause?: unknown): TocsinError {
  const [issue] = issues;
  if (issue === undefined) return apiError('INVALID_INPUT', 'the request is not valid', cause);
  const code = isUnknownEvent(issue) ? 'UNKNOWN_EVENT' : isBadUrl(issue) ? 'INVALID_URL' : 'INVALID_INPUT';
  return apiError(code, sentence(issue), cause);
}

function sentence(issue: Issue): string {
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

function isUnknownEvent(issue: Issue): boolean {
  const [first] = issue.path;
  return issue.code === 'invalid_value' && (first === 'events' || first === 'event');
}

function isBadUrl(issue: Issue): boolean {
  return issue.path.length === 1 && issue.path[0] === 'url' && issue.code !== 'unrecognized_keys';
}

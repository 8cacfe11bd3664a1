import type * as z from 'zod';

type Values = Readonly<Record<string, string | undefined>>;

/**
 * Describes invalid settings, a line each. Repeats the value only of numbers and fixed words, because others can be
 * secrets.
 */
export function describeProblems(issues: readonly z.core.$ZodIssue[], values: Values): string[] {
  return issues.filter(isOwnLimit).map((issue) => {
    const name = issue.path.join('.');
    return `${name}: ${toProblem(issue, JSON.stringify(values[name]?.slice(0, 80)))}`;
  });
}

/** Zod also checks that a whole number is a safe integer, which is far above each maximum. */
function isOwnLimit(issue: z.core.$ZodIssue): boolean {
  return issue.code !== 'too_big' || issue.maximum !== Number.MAX_SAFE_INTEGER;
}

function toProblem(issue: z.core.$ZodIssue, value: string): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'string' ? issue.message : `${value} is not a whole number`;
    case 'too_small':
      return issue.origin === 'string'
        ? `must have at least ${issue.minimum} characters`
        : `${value} is below the minimum of ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `${value} is above the maximum of ${issue.maximum}`;
    case 'invalid_value':
      return `${value} is not one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

import type { JsonPath } from '../json-problems.ts';

/** One wrong field of an input. */
export interface Problem {
  /** The field, such as `events.0`. Empty for the input as a whole. */
  readonly path: string;
  /** What is wrong and what would be right. Never contains the value. */
  readonly message: string;
}

/** Problems that one error names. */
const maxNamed = 20;

/** Fits the paths of all documented fields. Keys are the caller's own and may be long. */
const maxPathLength = 200;

/** Joins the keys and indexes that lead to a field, such as `events.0`. Cuts a long path. */
export function toPathText(path: JsonPath | readonly PropertyKey[]): string {
  const text = path.map(String).join('.');
  return text.length > maxPathLength ? `${text.slice(0, maxPathLength)}…` : text;
}

/** The problems that an error carries: the first 20. */
export function toNamedProblems(problems: readonly Problem[]): readonly Problem[] {
  return problems.length > maxNamed ? problems.slice(0, maxNamed) : problems;
}

/** One line for all problems: `url: must not be empty; name: is missing`. Names the first 20 and counts the others. */
export function toProblemsText(problems: readonly Problem[]): string {
  const named = toNamedProblems(problems).map(({ path, message }) =>
    path === '' ? message : `${path}: ${message}`,
  );
  const more = problems.length > maxNamed ? `; and ${problems.length - maxNamed} more` : '';
  return `${named.join('; ')}${more}`;
}

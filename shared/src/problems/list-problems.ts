import type * as z from 'zod';
import { findNearNames } from './near-name.ts';
import { toPathText, type Problem } from './problem.ts';
import { toUnknownField } from './words.ts';
import { toFieldNames, toIssueMessage, type FieldNames, type RawIssue } from './zod-words.ts';

type Issue = z.core.$ZodIssue;

/** A schema of zod 4, of any copy of it. */
export interface ZodSchema {
  safeParse(
    value: unknown,
    options: { readonly error: (issue: RawIssue) => string },
  ):
    | { readonly success: true }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}

/**
 * Lists everything that is wrong with a value, in plain words. Empty if the schema accepts it. Parses the value again, so
 * call it only for a value that the schema has rejected.
 *
 * @param whole what messages about the value itself call it, such as `the body`
 */
export function listProblems(schema: ZodSchema, value: unknown, whole = 'the input'): readonly Problem[] {
  const reader = new IssueReader();
  const result = schema.safeParse(value, { error: reader.read });
  if (result.success) return [];
  return reader
    .toProblems(result.error.issues)
    .map(({ path, message }) => ({ path, message: path === '' ? toSentence(message, whole) : message }));
}

function toSentence(message: string, whole: string): string {
  return /^(?:must|is) /.test(message) ? `${whole} ${message}` : message;
}

/** Remembers what only the raw issues say. */
class IssueReader {
  /** By the list of unknown keys, which the final issue shares with the raw one. */
  readonly #names = new WeakMap<readonly string[], FieldNames>();

  readonly read = (issue: RawIssue): string => {
    if (issue.code === 'unrecognized_keys') this.#names.set(issue.keys, toFieldNames(issue));
    return toIssueMessage(issue);
  };

  toProblems(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): Problem[] {
    return issues.flatMap((issue) => {
      const path = [...prefix, ...issue.path];
      if (issue.code === 'unrecognized_keys') return this.#toUnknownFields(issue.keys, path);
      const branch = issue.code === 'invalid_union' ? findMeantBranch(issue.errors) : undefined;
      return branch === undefined
        ? [{ path: toPathText(path), message: issue.message }]
        : this.toProblems(branch, path);
    });
  }

  #toUnknownFields(keys: readonly string[], path: readonly PropertyKey[]): Problem[] {
    const { known, missing } = this.#names.get(keys) ?? { known: [], missing: [] };
    return keys.map((key) => {
      const near = findNearNames(key, known);
      // One field too much and one too few: probably the same one.
      const meant = near.length === 0 && keys.length === 1 && missing.length === 1 ? missing : near;
      return { path: toPathText([...path, key]), message: toUnknownField(meant, known) };
    });
  }
}

/** The branch of a union that has the type of the value and other problems, if any: the one with the fewest. */
function findMeantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches
    .filter((issues) => issues.length > 0 && !issues.some(isTypeMismatch))
    .toSorted((a, b) => a.length - b.length)[0];
}

function isTypeMismatch({ path, code }: Issue): boolean {
  return (
    path.length === 0 && (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union')
  );
}

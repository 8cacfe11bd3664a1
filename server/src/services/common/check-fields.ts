import type { Problem } from '@tocsin/shared';
import { fieldErrors, isTocsinError, type TocsinError } from '../../domain/errors.ts';

type Checks = Readonly<Record<string, () => unknown>>;

type Checked<TChecks extends Checks> = { [K in keyof TChecks]: Awaited<ReturnType<TChecks[K]>> };

/**
 * Checks several fields, in order, and returns their values.
 *
 * @throws one error that names the wrong fields of all checks. Any other error ends the checks.
 */
export async function checkFields<TChecks extends Checks>(checks: TChecks): Promise<Checked<TChecks>> {
  const values: Record<string, unknown> = {};
  const errors: TocsinError[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      values[name] = await check();
    } catch (error) {
      if (!isTocsinError(error) || error.problems.length === 0) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw toOneError(errors);
  // `as`: each check has set its value.
  return values as Checked<TChecks>;
}

function toOneError(errors: readonly TocsinError[]): TocsinError {
  const [first, ...others] = errors;
  if (first !== undefined && others.length === 0) return first;
  const codes = new Set(errors.map(({ code }) => code));
  const problems: Problem[] = errors.flatMap((error) => error.problems);
  return fieldErrors(codes.size === 1 && first !== undefined ? first.code : 'INVALID_INPUT', problems);
}

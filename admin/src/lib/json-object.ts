import { findJsonProblem, toProblemMessage } from '@tocsin/shared';

/** A JSON object, such as the data of an event. */
export type JsonObject = Record<string, unknown>;

export type ParsedObject =
  | { readonly data: JsonObject }
  | { readonly data: undefined; readonly error: string };

/** Parses a JSON object. Returns an error message for any other text, and if parsing would change a number. */
export function parseObject(text: string): ParsedObject {
  try {
    const value: unknown = JSON.parse(text);
    const problem = findJsonProblem(text);
    if (problem !== undefined) return { data: undefined, error: toProblemMessage(problem) };
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      // A plain object: arrays and null are excluded.
      return { data: value as JsonObject };
    return { data: undefined, error: 'Enter a JSON object: { … }' };
  } catch (error) {
    return { data: undefined, error: error instanceof Error ? error.message : 'The text is not valid JSON' };
  }
}

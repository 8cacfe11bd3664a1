import * as z from 'zod';
import { toJsonText } from './compare/canonical-text.ts';

/** An event type of a snapshot. */
const snapshotEventType = z.object({
  type: z.string().min(1),
  /** Version of the event type, from 1. */
  version: z.int().min(1),
  description: z.string(),
  /** JSON Schema (draft 2020-12) of `data` as a publisher gives it. */
  schema: z.record(z.string(), z.unknown()),
  example: z.record(z.string(), z.unknown()),
});

/** The event types of a catalog in a file that can be committed, such as `tocsin-events.json`. */
export const catalogSnapshot = z
  .object({ version: z.literal(1), eventTypes: z.array(snapshotEventType) })
  .superRefine(({ eventTypes }, context) => {
    const seen = new Set<string>();
    for (const [index, { type }] of eventTypes.entries()) {
      if (seen.has(type)) {
        context.addIssue({
          code: 'custom',
          message: `"${type}" is listed twice`,
          path: ['eventTypes', index, 'type'],
        });
      }
      seen.add(type);
    }
  });

export type CatalogSnapshot = z.output<typeof catalogSnapshot>;
export type SnapshotEventType = CatalogSnapshot['eventTypes'][number];

/**
 * Writes a snapshot as text. Equal catalogs have equal texts: event types are sorted by name, keys of schemas
 * and examples alphabetically.
 */
export function toSnapshotText({ version, eventTypes }: CatalogSnapshot): string {
  const sorted = [...eventTypes].sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  const written = sorted.map(({ type, version: number, description, schema, example }) => ({
    type,
    version: number,
    description,
    schema: toSorted(schema),
    example: toSorted(example),
  }));
  return `${JSON.stringify({ version, eventTypes: written }, null, 2)}\n`;
}

/**
 * Reads a snapshot from text.
 *
 * @throws Error if the text is no snapshot. The message names the place.
 */
export function snapshotFromText(text: string): CatalogSnapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not valid JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const parsed = catalogSnapshot.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  throw new Error(`${path === '' ? 'the file' : path}: ${issue?.message}`);
}

function toSorted(value: object): unknown {
  return JSON.parse(toJsonText(value));
}

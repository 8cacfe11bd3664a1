import { toPrintable } from './printable.ts';

/** Renders an object for people: a line for each field, those of inner objects with a dotted name. */
export function toRecordText(record: object): string {
  const lines = toEntries(record, '');
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${indent(text, width + 2)}`).join('\n');
}

type Entry = readonly [name: string, text: string];

function toEntries(record: object, prefix: string): Entry[] {
  return Object.entries(record).flatMap(([name, value]: [string, unknown]): Entry[] => {
    if (value === undefined) return [];
    if (isRecord(value) && !freeFields.has(name)) {
      const entries = toEntries(value, `${prefix}${name}.`);
      return entries.length > 0 ? entries : [[`${prefix}${name}`, '-']];
    }
    return [[`${prefix}${name}`, toText(value)]];
  });
}

/** Fields whose objects are the customer's own. */
const freeFields: ReadonlySet<string> = new Set(['data', 'schema', 'example']);

function toText(value: unknown): string {
  if (value === null || value === '') return '-';
  if (typeof value === 'string') return toPrintable(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return value.length === 0 ? '-' : toPrintable(value.join(', '));
  }
  return toPrintable(JSON.stringify(value, undefined, 2));
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function indent(text: string, width: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(width)}`);
}

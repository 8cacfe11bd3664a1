import { setImmediate } from 'node:timers/promises';
import { isObject, type JsonObject } from './json-object.ts';

type Entry = readonly [string, unknown];

/** An object of a document whose entries are made when they are written, because there are thousands. */
export class LazyMap {
  readonly #entries: () => Iterable<Entry>;

  constructor(entries: () => Iterable<Entry>) {
    this.#entries = entries;
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries()[Symbol.iterator]();
  }
}

/** Work that may block the event loop at a time. Deliveries go on in between. */
const sliceMs = 10;

/** Levels of plain objects whose entries are written one by one. */
const slicedLevels = 2;

/** Returns a document with lazy maps as JSON text, without blocking the event loop for long. */
export async function writeDocument(document: JsonObject): Promise<string> {
  const chunks: string[] = [];
  let since = performance.now();
  for (const chunk of toChunks(document, 0)) {
    chunks.push(chunk);
    if (performance.now() - since < sliceMs) continue;
    await setImmediate();
    since = performance.now();
  }
  return chunks.join('');
}

function* toChunks(value: unknown, level: number): Generator<string> {
  if (!(value instanceof LazyMap) && (level > slicedLevels || !isObject(value))) {
    yield JSON.stringify(value);
    return;
  }
  let separator = '{';
  for (const [key, inner] of value instanceof LazyMap ? value : Object.entries(value)) {
    if (inner === undefined) continue;
    yield `${separator}${JSON.stringify(key)}:`;
    yield* toChunks(inner, level + 1);
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

/** Returns a document with plain objects in place of lazy maps. */
export function toPlainDocument(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, toPlain(value)]));
}

function toPlain(value: unknown): unknown {
  if (value instanceof LazyMap) return Object.fromEntries(value);
  return isObject(value) ? toPlainDocument(value) : value;
}

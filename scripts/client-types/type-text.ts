import type * as z from 'zod';
import { typeFiles, type TypeEntry } from './type-list.ts';

type Side = TypeEntry['side'];

const entries = typeFiles.flatMap(({ types }) => types);

/** Adds a type that a file has to import. */
export type Use = (name: string) => void;

/** Returns the entry of a schema, also of one that differs only by its description. */
function findEntry(schema: z.core.$ZodType): TypeEntry | undefined {
  for (let same: z.core.$ZodType | undefined = schema; same !== undefined; same = same._zod.parent) {
    const found = entries.find((entry) => getObject(entry.schema) === same);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the entry of a name. */
export function getEntry(name: string): TypeEntry {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no type ${name} in type-list.ts`);
  return found;
}

/** The object below the defaults of an input. Any other schema is returned as it is. */
export function getObject(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== 'prefault') return schema;
  return getObject(def.innerType);
}

/**
 * Writes the type of a schema. Uses the names of the list, and throws if an object has none.
 *
 * @param place what the message of the error names
 */
export function toTypeText(schema: z.core.$ZodType, side: Side, place: string, use: Use): string {
  const entry = findEntry(schema);
  if (entry !== undefined) {
    use(entry.name);
    return entry.name;
  }
  return toPlainText(schema, side, place, use);
}

/** Like `toTypeText`, for the schema that a name stands for. */
export function toPlainText(schema: z.core.$ZodType, side: Side, place: string, use: Use): string {
  const toText = (inner: z.core.$ZodType) => toTypeText(inner, side, place, use);
  // `as`: zod documents the union of its schemas for libraries.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'unknown':
    case 'null':
      return def.type;
    case 'literal':
      return def.values.map(toLiteral).join(' | ');
    case 'enum':
      return Object.values(def.entries).map(toLiteral).join(' | ');
    case 'union':
      return def.options.map(toText).join(' | ');
    case 'nullable':
      return `${toText(def.innerType)} | null`;
    case 'optional':
    case 'default':
    case 'prefault':
      return toText(def.innerType);
    case 'readonly':
      return toText(def.innerType).replace(/^(?:readonly )?(?=.*\[\]$)/, 'readonly ');
    case 'pipe':
      return toText(side === 'input' ? def.in : def.out);
    case 'array': {
      const item = toText(def.element);
      return `${side === 'input' ? 'readonly ' : ''}${item.includes('|') ? `(${item})` : item}[]`;
    }
    case 'record': {
      const record = `Record<${toText(def.keyType)}, ${toText(def.valueType)}>`;
      const isPartial = isEnum(def.keyType) && def.keyType._zod.values === undefined;
      const text = isPartial ? `Partial<${record}>` : record;
      return side === 'input' ? `Readonly<${text}>` : text;
    }
    default:
      throw new Error(`${place}: give the ${def.type} a name in type-list.ts`);
  }
}

function isEnum(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === 'enum';
}

function toLiteral(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

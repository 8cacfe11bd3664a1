import { isObject, listTexts, type JsonSchema } from './json-schema.ts';
import { toComment, toObjectText, toStringText, toTypeText, type TypeWriter } from './type-text.ts';

/** An event type to write. */
export interface TypedEvent {
  readonly type: string;
  readonly description: string;
  /** JSON Schema of the data that a publisher gives. */
  readonly input: JsonSchema;
  /** JSON Schema of the data that a receiver gets after parsing. */
  readonly output: JsonSchema;
}

export interface WriteTypesOptions {
  /**
   * Name of the interface that lists all events.
   *
   * @default 'Events'
   */
  readonly name?: string;
  /** Written above the types, such as how to generate them again. */
  readonly header?: string;
}

/**
 * Writes the flat interface of events as TypeScript, for services that do not build schemas. It has an entry for each
 * event with what a publisher gives (`input`) and what a receiver gets (`output`). Equal events have equal
 * texts. The text imports nothing and compiles with `strict` and `isolatedDeclarations`.
 *
 * @example
 * writeTypes([{ type: 'invoice.paid', description: 'An invoice is paid.', input: schema, output: schema }]);
 */
export function writeTypes(
  events: readonly TypedEvent[],
  { name = 'Events', header = '' }: WriteTypesOptions = {},
): string {
  const sorted = [...events].sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  const names = new NameList([name]);
  const blocks: string[] = [];
  const entries = sorted.map(({ type, description, input, output }) => {
    const base = toTypeName(type);
    const read = writeRoot(output, names.take(base), { names, comment: description });
    blocks.push(...read.blocks);
    const isSame = JSON.stringify(input) === JSON.stringify(output) || isSameText(input, output, base);
    let written = read.name;
    if (!isSame) {
      const given = writeRoot(input, names.take(`${base}Input`), {
        names,
        comment: `What a publisher of ${type} gives.`,
      });
      blocks.push(...given.blocks);
      written = given.name;
    }
    const lines = [
      ...toComment(description, '  '),
      `  ${toStringText(type)}: { readonly input: ${written}; readonly output: ${read.name} };`,
    ];
    return lines.join('\n');
  });
  const list = ['/** All events by their type. */', `export interface ${name} {`, ...entries, '}'].join('\n');
  return `${[...toComment(header, ''), list, ...blocks].join('\n\n')}\n`;
}

interface Written {
  readonly name: string;
  readonly blocks: readonly string[];
}

interface RootOptions {
  readonly names: NameList;
  readonly comment: string;
}

/** Writes the type of a document and of each schema that it refers to. */
function writeRoot(root: JsonSchema, name: string, { names, comment }: RootOptions): Written {
  const known = new Map<JsonSchema, string>([[root, name]]);
  const waiting: [schema: JsonSchema, name: string][] = [[root, name]];
  const writer: TypeWriter = {
    root,
    toName: (ref, schema) => {
      const found = known.get(schema);
      if (found !== undefined) return found;
      const taken = names.take(`${name}${toTypeName(ref.split('/').at(-1) ?? '')}`);
      known.set(schema, taken);
      waiting.push([schema, taken]);
      return taken;
    },
  };
  const blocks: string[] = [];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [schema, own] = next;
    const text = own === name ? comment : isObject(schema) ? schema['description'] : undefined;
    blocks.push(
      [
        ...toComment(typeof text === 'string' ? text : undefined, ''),
        toDeclaration(schema, own, writer),
      ].join('\n'),
    );
  }
  return { name, blocks };
}

/** An interface for an object with fields, because errors and hovers show its name; otherwise an alias. */
function toDeclaration(schema: JsonSchema, name: string, writer: TypeWriter): string {
  const isPlain =
    isObject(schema) &&
    isObject(schema['properties']) &&
    Object.keys(schema['properties']).length > 0 &&
    listTexts(schema, 'type').join('') === 'object' &&
    ['$ref', 'allOf', 'anyOf', 'oneOf', 'const', 'enum'].every((keyword) => schema[keyword] === undefined);
  return isPlain
    ? `export interface ${name} ${toObjectText(schema, { writer, indent: '' })}`
    : `export type ${name} = ${toTypeText(schema, writer)};`;
}

function isSameText(input: JsonSchema, output: JsonSchema, name: string): boolean {
  const write = (root: JsonSchema): string =>
    writeRoot(root, name, { names: new NameList([name]), comment: '' }).blocks.join('\n');
  return write(input) === write(output);
}

/** Names of types that are in use. Names that would be equal get a number. */
class NameList {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  take(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#taken.has(name); count += 1) name = `${wanted}${count}`;
    this.#taken.add(name);
    return name;
  }
}

/** `invoice.line_item-added` becomes `InvoiceLineItemAdded`. */
function toTypeName(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(name) ? name : `Event${name}`;
}

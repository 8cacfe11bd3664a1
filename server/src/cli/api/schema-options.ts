import { listProblems } from '@tocsin/shared';
import * as z from 'zod';
import { UsageError, type AnyOptionValues, type OptionSpec, type OptionSpecs } from '../command.ts';
import { fieldWords } from './field-words.ts';

/** How the text of an option becomes a value. */
type Kind = 'text' | 'number' | 'flag' | 'switch' | 'list' | 'pairs' | 'number pairs';

/** A field of an input that has an option. */
interface Field {
  /** Name in the input. */
  readonly name: string;
  /** Name of the option. */
  readonly option: string;
  readonly kind: Kind;
  /** Whether the text `none` means null. */
  readonly isNullable: boolean;
  readonly spec: OptionSpec;
}

/** The options of an input, which its schema describes. */
export interface SchemaOptions {
  readonly fields: readonly Field[];
  readonly options: OptionSpecs;
}

/** What is known of the schema of a field. */
interface Shape {
  readonly kind: Kind | undefined;
  readonly choices: readonly string[] | undefined;
  readonly isNullable: boolean;
  readonly isRequired: boolean;
  readonly defaultValue: string | undefined;
  readonly description: string | undefined;
}

/**
 * Derives the options of a command from the schema of its input. Fields that no single text can express, such as
 * objects, get none.
 *
 * @param without fields that the command sets in another way
 */
export function toSchemaOptions(schema: z.ZodType, without: readonly string[] = []): SchemaOptions {
  const fields = Object.entries(getFields(schema))
    .filter(([name]) => !without.includes(name))
    .flatMap(([name, field]) => toField(name, toShape(field)));
  return { fields, options: Object.fromEntries(fields.map(({ option, spec }) => [option, spec])) };
}

/** Returns the fields that the options set. */
export function toFields(
  { fields }: SchemaOptions,
  values: AnyOptionValues,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields
      .map((field) => [field.name, toValue(field, values[field.option])] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/**
 * Validates an input by its own schema.
 *
 * @param names the option, or the operand, of each field whose name differs
 * @throws UsageError that names the options
 */
export function parseInput<TSchema extends z.ZodType>(
  schema: TSchema,
  input: object,
  names: Readonly<Record<string, string>>,
): z.output<TSchema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const lines = listProblems(schema, input).map(({ path, message }) => {
    const [field = '', ...rest] = path.split('.');
    const where = names[path] ?? [names[field] ?? `--${field}`, ...rest].join(' ');
    const words = message.replace(/^is missing.*/, 'is required');
    return path === '' ? words : `${where}: ${words}`;
  });
  throw new UsageError(lines.join('\n'));
}

/** The names of the options, by field. */
export function toOptionNames({ fields }: SchemaOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map(({ name, option }) => [name, `--${option}`]));
}

function toField(name: string, given: Shape): readonly Field[] {
  const words = fieldWords[name];
  const shape = given.kind === 'flag' && words?.value !== undefined ? toSwitch(given) : given;
  const { kind, choices, isNullable } = shape;
  if (kind === undefined) return [];
  const option = words?.option ?? toKebabCase(name);
  const summary = words?.summary ?? shape.description ?? name;
  const facts = toFacts(shape);
  return [
    {
      name,
      option,
      kind,
      isNullable,
      spec: {
        type: kind === 'flag' ? 'boolean' : 'string',
        ...(isRepeatable(kind) ? { multiple: true as const } : {}),
        ...(words?.alias === undefined ? {} : { alias: words.alias }),
        ...(words?.value === undefined ? {} : { value: words.value }),
        ...(choices === undefined ? {} : { choices }),
        summary: facts === '' ? summary : `${summary} (${facts})`,
      },
    },
  ];
}

/** A flag can only be set. A switch can also be turned off. */
function toSwitch(shape: Shape): Shape {
  return { ...shape, kind: 'switch', choices: ['true', 'false'] };
}

function toFacts({ kind, choices, isNullable, isRequired, defaultValue }: Shape): string {
  return [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(isNullable ? ['"none" for no value'] : []),
    ...(isRequired ? ['required'] : []),
    ...(kind !== undefined && isRepeatable(kind) ? ['repeatable'] : []),
    ...(defaultValue === undefined || kind === 'flag' ? [] : [`default: ${defaultValue}`]),
  ].join('; ');
}

function toValue({ kind, isNullable }: Field, value: unknown): unknown {
  if (typeof value === 'string') {
    if (isNullable && value === 'none') return null;
    if (kind === 'switch' && (value === 'true' || value === 'false')) return value === 'true';
    return kind === 'number' ? toNumber(value) : value;
  }
  if (!isPairs(kind) || !Array.isArray(value)) return value;
  const pairs = value.map((text) => toPair(String(text)));
  return Object.fromEntries(
    pairs.map(([name, text]) => [name, kind === 'number pairs' ? toNumber(text) : text]),
  );
}

function isRepeatable(kind: Kind): boolean {
  return kind === 'list' || isPairs(kind);
}

function isPairs(kind: Kind): boolean {
  return kind === 'pairs' || kind === 'number pairs';
}

/** A text that is no number stays one, so that the schema rejects it. */
function toNumber(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** `name: value` or `name=value`, as headers and versions are written. */
function toPair(text: string): readonly [name: string, value: string] {
  const [, name, value] = /^([^:=]+)[:=]\s*(.*)$/s.exec(text) ?? [];
  // Without the text, because a header can be a secret.
  if (name === undefined || value === undefined) {
    throw new UsageError('a pair must be a name and a value, such as "name: value" or name=value');
  }
  return [name.trim(), value];
}

function toKebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function getFields(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) throw new Error('the input is no object');
  return inner.shape;
}

/** Removes defaults, transformations and the like from around a schema. */
function unwrap(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    // `as`: what a schema of the package `zod` has inside is such a schema, too.
    return unwrap(schema.unwrap() as z.ZodType);
  }
  // `as`: see above.
  return schema instanceof z.ZodPipe ? unwrap(schema.in as z.ZodType) : schema;
}

function toShape(schema: z.ZodType): Shape {
  const inner = unwrap(schema);
  const isNullable = schema.safeParse(null).success;
  const isOptional = schema.safeParse(undefined).success;
  const parsedDefault = isOptional ? schema.safeParse(undefined).data : undefined;
  return {
    ...toKind(inner),
    isNullable,
    isRequired: !isOptional,
    defaultValue: parsedDefault === undefined ? undefined : JSON.stringify(parsedDefault).replaceAll('"', ''),
    description: schema.description ?? inner.description,
  };
}

function toKind(schema: z.ZodType): Pick<Shape, 'kind' | 'choices'> {
  if (schema instanceof z.ZodArray) {
    // `as`: see unwrap.
    return { kind: 'list', choices: toKind(unwrap(schema.element as z.ZodType)).choices };
  }
  if (schema instanceof z.ZodEnum) return { kind: 'text', choices: schema.options.map(String) };
  if (schema instanceof z.ZodUnion) return toUnionKind(schema);
  if (schema instanceof z.ZodRecord) {
    // `as`: see unwrap.
    const { type } = unwrap(schema.valueType as z.ZodType);
    const kind = type === 'number' ? 'number pairs' : type === 'string' ? 'pairs' : undefined;
    return { kind, choices: undefined };
  }
  switch (schema.type) {
    case 'string':
      return { kind: 'text', choices: undefined };
    case 'number':
      return { kind: 'number', choices: undefined };
    case 'boolean':
      return { kind: 'flag', choices: undefined };
    default:
      return { kind: undefined, choices: undefined };
  }
}

/** Fixed values of one type, such as 1, 24 and 168. Other unions have no option. */
function toUnionKind({ options }: z.ZodUnion): Pick<Shape, 'kind' | 'choices'> {
  const values = options.flatMap((option) => (option instanceof z.ZodLiteral ? [...option.values] : []));
  if (values.length < options.length) return { kind: undefined, choices: undefined };
  const kind = values.every((value) => typeof value === 'number') ? 'number' : 'text';
  return { kind, choices: values.map(String) };
}

import type * as z from 'zod';
import { exitCode, UsageError, type AnyOptionValues, type Command, type Context } from '../command.ts';
import { defineCommand } from '../define-command.ts';
import { serverDetails, serverOptions, withClient, type CliClient } from '../connect.ts';
import { TableWriter, type Column } from '../output/table.ts';
import { parseInput, toFields, toOptionNames, toSchemaOptions } from './schema-options.ts';

/** A page of a list. */
export interface ListPage<TItem> {
  readonly items: readonly TItem[];
  readonly nextCursor: string | null;
}

/** The page fields as the client takes them. */
export type PageInput<TInput> = Omit<TInput, 'cursor'> & { readonly cursor?: string | undefined };

/** How to print items as CSV. Lines have no line end. */
export interface CsvSpec<TItem> {
  readonly header: string;
  readonly toLine: (item: TItem) => string;
}

/** A command that prints a list. */
export interface ListSpec<TSchema extends z.ZodType, TItem extends object> {
  readonly details?: string;
  readonly examples: readonly string[];
  readonly input: TSchema;
  readonly without?: readonly string[];
  readonly columns: readonly Column<TItem>[];
  /** What an empty list says, such as `no apps`. */
  readonly empty: string;
  /** Adds the option `--csv`. */
  readonly csv?: CsvSpec<TItem>;
  page(client: CliClient, input: PageInput<z.output<TSchema>>): Promise<ListPage<TItem>>;
}

const pageOptions = {
  cursor: {
    type: 'string',
    value: 'cursor',
    summary: 'continue after the page whose nextCursor this is (default: the first page)',
  },
  all: { type: 'boolean', summary: 'print all pages; with --json, one JSON object for each item' },
} as const;

const csvOptions = {
  csv: { type: 'boolean', summary: 'print all pages as CSV, with a header' },
} as const;

/** Pages of --all are large, to save calls. */
const largestPage = 200;

/** Defines a command that prints a list. Its filters come from the schema of the input. */
export function defineList<TSchema extends z.ZodType, TItem extends object>(
  spec: ListSpec<TSchema, TItem>,
): Command {
  const schemaOptions = toSchemaOptions(spec.input, ['cursor', ...(spec.without ?? [])]);
  const { details = '' } = spec;
  return defineCommand({
    details: details === '' ? serverDetails : `${details}\n${serverDetails}`,
    examples: spec.examples,
    options: {
      ...schemaOptions.options,
      ...pageOptions,
      ...(spec.csv === undefined ? {} : csvOptions),
      ...serverOptions,
    },
    async run(values: AnyOptionValues, context) {
      const csv = values['csv'] === true ? spec.csv : undefined;
      if (csv !== undefined && context.isJson) throw new UsageError('give either --csv or --json, not both');
      const isAll = values['all'] === true || csv !== undefined;
      const fields = {
        ...(isAll ? { limit: largestPage } : {}),
        ...toFields(schemaOptions, values),
        ...(values['cursor'] === undefined ? {} : { cursor: values['cursor'] }),
      };
      const input = parseInput(spec.input, fields, toOptionNames(schemaOptions));
      if (!isObject(input)) throw new UsageError('the input must be an object');
      const url = typeof values['url'] === 'string' ? values['url'] : undefined;
      return await withClient(context, url, async (client) => {
        const read = async (cursor: string | undefined) => await spec.page(client, { ...input, cursor });
        const first = typeof values['cursor'] === 'string' ? values['cursor'] : undefined;
        if (csv !== undefined) return await printCsv(read, first, csv, context);
        return isAll
          ? await printAll(read, first, spec, context)
          : printPage(await read(first), spec, context);
      });
    },
  });
}

type Look<TItem> = Pick<ListSpec<z.ZodType, TItem & object>, 'columns' | 'empty'>;

function printPage<TItem extends object>(
  page: ListPage<TItem>,
  { columns, empty }: Look<TItem>,
  { result, progress, terminal }: Context,
): number {
  const isEmpty = page.items.length === 0;
  result(page, isEmpty ? empty : new TableWriter(columns, terminal.columns).render(page.items));
  if (page.nextCursor !== null) progress(`there are more: add --cursor ${page.nextCursor}, or --all`);
  return exitCode.ok;
}

/** Prints each page when it comes, so that a long list takes no memory. */
async function printAll<TItem extends object>(
  read: (cursor: string | undefined) => Promise<ListPage<TItem>>,
  first: string | undefined,
  { columns, empty }: Look<TItem>,
  context: Context,
): Promise<number> {
  const table = new TableWriter<TItem>(columns, context.terminal.columns);
  let cursor = first;
  let count = 0;
  do {
    if (context.interrupted.aborted) return exitCode.interrupted;
    const page = await read(cursor);
    count += page.items.length;
    if (context.isJson) for (const item of page.items) context.result(item, '');
    else if (page.items.length > 0) context.print(table.render(page.items));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  if (count === 0) context.print(empty);
  return exitCode.ok;
}

/** Prints each page when it comes. */
async function printCsv<TItem>(
  read: (cursor: string | undefined) => Promise<ListPage<TItem>>,
  first: string | undefined,
  { header, toLine }: CsvSpec<TItem>,
  context: Context,
): Promise<number> {
  context.print(header);
  let cursor = first;
  do {
    if (context.interrupted.aborted) return exitCode.interrupted;
    const page = await read(cursor);
    for (const item of page.items) context.print(toLine(item));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return exitCode.ok;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

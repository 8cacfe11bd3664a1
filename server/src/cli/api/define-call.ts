import type * as z from 'zod';
import {
  exitCode,
  UsageError,
  type AnyOptionValues,
  type Command,
  type Context,
  type OptionSpec,
  type OptionSpecs,
} from '../command.ts';
import { defineCommand } from '../define-command.ts';
import { serverDetails, serverOptions, withClient, type CliClient } from '../connect.ts';
import { toPrintable } from '../output/printable.ts';
import { toRecordText } from '../output/record.ts';
import { parseInput, toFields, toOptionNames, toSchemaOptions } from './schema-options.ts';

/** A command that calls one procedure. */
export interface CallSpec<TSchema extends z.ZodType, TResult extends object> {
  /** Lines of the help, beside what all commands of a server say. */
  readonly details?: string;
  readonly examples: readonly string[];
  readonly input: TSchema;
  /** The field that is given as an operand, and what the help says of it. */
  readonly operand?: { readonly field: string; readonly summary: string };
  /** Fields without an option. */
  readonly without?: readonly string[];
  /** Options that the schema does not describe, and the fields that they set. */
  readonly extra?: {
    readonly options: OptionSpecs;
    readonly names?: Readonly<Record<string, string>>;
    toFields(values: AnyOptionValues, context: Context): Promise<object> | object;
  };
  /** The question before a call that destroys something. Undefined: no question for this input. */
  readonly question?: (input: z.output<TSchema>) => string | undefined;
  call(client: CliClient, input: z.output<TSchema>): Promise<TResult>;
  /** The result for people. @default a line for each field */
  readonly text?: (result: TResult, context: Context) => string;
  /** Lines for standard error. */
  readonly notes?: (result: TResult, input: z.output<TSchema>) => readonly string[];
  /** @default 0 */
  readonly exitCode?: (result: TResult) => number;
}

const yesOption = {
  type: 'boolean',
  summary: 'do not ask; required without a terminal',
} as const satisfies OptionSpec;

/** Defines a command that calls one procedure. Its options come from the schema of the input. */
export function defineCall<TSchema extends z.ZodType, TResult extends object>(
  spec: CallSpec<TSchema, TResult>,
): Command {
  const { operand, extra, question, details = '' } = spec;
  const schemaOptions = toSchemaOptions(spec.input, [
    ...(spec.without ?? []),
    ...(operand === undefined ? [] : [operand.field]),
  ]);
  const names = {
    ...toOptionNames(schemaOptions),
    ...extra?.names,
    ...(operand === undefined ? {} : { [operand.field]: `<${operand.field}>` }),
  };
  return defineCommand({
    details: details === '' ? serverDetails : `${details}\n${serverDetails}`,
    examples: spec.examples,
    ...(operand === undefined ? {} : { operands: { value: operand.field, summary: operand.summary } }),
    options: {
      ...schemaOptions.options,
      ...extra?.options,
      ...(question === undefined ? {} : { yes: yesOption }),
      ...serverOptions,
    },
    async run(values: AnyOptionValues, context, [first]) {
      const input = parseInput(
        spec.input,
        {
          ...toFields(schemaOptions, values),
          ...(await extra?.toFields(values, context)),
          ...(operand === undefined ? {} : { [operand.field]: first }),
        },
        names,
      );
      const asked = values['yes'] === true ? undefined : question?.(input);
      if (asked !== undefined && !(await confirm(asked, context))) return exitCode.failed;
      const url = typeof values['url'] === 'string' ? values['url'] : undefined;
      const result = await withClient(
        context,
        url,
        async (client) =>
          await spec.call(client, input).catch((error: unknown) => {
            throw nameOptions(error, names);
          }),
      );
      for (const line of spec.notes?.(result, input) ?? []) context.progress(line);
      context.result(result, spec.text?.(result, context) ?? toRecordText(result));
      return spec.exitCode?.(result) ?? exitCode.ok;
    },
  });
}

/** Errors of the server begin with the field that is wrong. Here, it has the name of its option. */
function nameOptions(error: unknown, names: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const [, field = ''] = /^(\w+): /.exec(error.message) ?? [];
  const option = names[field];
  if (option === undefined) return error;
  const message = option + error.message.slice(field.length);
  return Object.assign(new Error(message, { cause: error }), { code: error.code });
}

/** Asks on the terminal. Returns whether the answer is yes. */
async function confirm(question: string, { terminal, progress }: Context): Promise<boolean> {
  if (terminal.confirm === undefined) {
    throw new UsageError(`--yes: is required without a terminal. ${question}`);
  }
  if (await terminal.confirm(toPrintable(question))) return true;
  progress('nothing was changed');
  return false;
}

/*
 * The interfaces of Standard Schema and Standard JSON Schema, version 1, as far as Tocsin uses them. Written
 * out here as the standard recommends, so that users need no package for them. https://standardschema.dev
 *
 * Copyright (c) 2024 Colin McDonnell, MIT License.
 */

/** A schema of any library that implements Standard Schema, such as zod, valibot or arktype. */
export interface StandardSchema<TInput = unknown, TOutput = TInput> {
  readonly '~standard': StandardSchemaProps<TInput, TOutput>;
}

export interface StandardSchemaProps<TInput = unknown, TOutput = TInput> {
  readonly version: 1;
  /** Name of the library. */
  readonly vendor: string;
  readonly validate: (
    value: unknown,
  ) => StandardSchemaResult<TOutput> | Promise<StandardSchemaResult<TOutput>>;
  /** Exists only as a type. */
  readonly types?: StandardSchemaTypes<TInput, TOutput> | undefined;
}

export interface StandardSchemaTypes<TInput = unknown, TOutput = TInput> {
  readonly input: TInput;
  readonly output: TOutput;
}

export type StandardSchemaResult<TOutput> =
  | { readonly value: TOutput; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

export interface StandardSchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A schema that can be converted to JSON Schema. A server needs it, a client does not. */
export interface StandardJsonSchema<TInput = unknown, TOutput = TInput> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: StandardSchemaTypes<TInput, TOutput> | undefined;
    readonly jsonSchema: {
      /** The JSON Schema of the values that the schema accepts. Throws if JSON Schema cannot say it. */
      readonly input: (options: { readonly target: string }) => Record<string, unknown>;
      /** The JSON Schema of the values that the schema returns. Throws if JSON Schema cannot say it. */
      readonly output: (options: { readonly target: string }) => Record<string, unknown>;
    };
  };
}

/** The values that a schema accepts. */
export type SchemaInput<TSchema extends StandardSchema> = NonNullable<TSchema['~standard']['types']>['input'];

/** The values that a schema returns. */
export type SchemaOutput<TSchema extends StandardSchema> = NonNullable<
  TSchema['~standard']['types']
>['output'];

import * as z from 'zod';

/** Where the shape of a payload comes from: word for word from a seed document, or our reading of its silence. */
export type PayloadSource = 'documented' | 'inferred';

/** The families are the two seeds' contracts; they name disjoint sets of events. */
export type Contract = 'authon' | 'authforge';

export interface EventDefinition<TShape extends z.ZodRawShape = z.ZodRawShape> {
  readonly family: Contract;
  /** When it is sent, in one sentence. */
  readonly description: string;
  readonly source: PayloadSource;
  /** False for the test pings: they are sent by `webhooks.test` and can be neither subscribed nor published. */
  readonly subscribable: boolean;
  /** Loose: fields that the catalog does not know are kept and delivered. */
  readonly schema: z.ZodObject<TShape, z.core.$loose>;
  /** A realistic payload that satisfies `schema`. */
  readonly example: z.output<z.ZodObject<TShape>>;
}

interface DefinitionInput<TShape extends z.ZodRawShape> {
  readonly description: string;
  readonly source: PayloadSource;
  readonly fields: TShape;
  readonly example: z.output<z.ZodObject<TShape>>;
  readonly subscribable?: boolean;
}

/** Makes `define` for one family. The order of `fields` is the order of the delivered JSON. */
export function toDefinitions(family: Contract) {
  return function define<const TShape extends z.ZodRawShape>(
    input: DefinitionInput<TShape>,
  ): EventDefinition<TShape> {
    return {
      family,
      description: input.description,
      source: input.source,
      subscribable: input.subscribable ?? true,
      schema: z.looseObject(input.fields),
      example: input.example,
    };
  };
}

/** A field that has to say something: an empty string is a mistake of the publisher. */
export const text = z.string().min(1);

/** An isoTimestamp on the wire: ISO 8601 with `Z`. */
export const isoTimestamp = z.iso.datetime();

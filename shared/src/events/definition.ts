import * as z from 'zod';

/** Whether the contract documents the fields of a payload or they are inferred. */
export type PayloadSource = 'documented' | 'inferred';

/** The contract that an event belongs to. The two contracts have no event in common. */
export type Contract = 'authon' | 'authforge';

/** An event type of the catalog. */
export interface EventDefinition<TShape extends z.ZodRawShape = z.ZodRawShape> {
  readonly family: Contract;
  /** When the event is sent, in one sentence. */
  readonly description: string;
  readonly source: PayloadSource;
  /** False for the test pings, which only `webhooks.test` sends. */
  readonly subscribable: boolean;
  /** Schema of `data`. Loose: unknown fields are kept and delivered. */
  readonly schema: z.ZodObject<TShape, z.core.$loose>;
  /** A realistic payload that matches `schema`. */
  readonly example: z.output<z.ZodObject<TShape>>;
  /** Fields of `data` whose values the search finds. */
  readonly searchable: readonly Extract<keyof TShape, string>[];
}

/** Fields of both contracts that name a customer or a license. An operator looks for events by them. */
const searchableFields: ReadonlySet<string> = new Set([
  'userId',
  'username',
  'activatedBy',
  'licenseKey',
  'licenseId',
  // The license key of Authon's events.
  'key',
]);

interface DefinitionInput<TShape extends z.ZodRawShape> {
  readonly description: string;
  readonly source: PayloadSource;
  readonly fields: TShape;
  readonly example: z.output<z.ZodObject<TShape>>;
  readonly subscribable?: boolean;
}

/**
 * Returns `define` for the events of one contract. The order of `fields` is the order of the delivered JSON.
 */
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
      searchable: Object.keys(input.fields).filter((field): field is Extract<keyof TShape, string> =>
        searchableFields.has(field),
      ),
    };
  };
}

/** A non-empty text. */
export const text = z.string().min(1);

/** A point in time in a payload: ISO 8601 in UTC, with `Z`. */
export const isoTimestamp = z.iso.datetime();

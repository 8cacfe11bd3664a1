import type { AnySubscriptionProcedure } from '@trpc/server/unstable-core-do-not-import';
import * as z from 'zod';
import type { TrpcContext } from '../../trpc/init.ts';
import { appRouter, findInputSchema, type AppRouter } from '../../trpc/router.ts';

type Routers = AppRouter['_def']['record'];

/** The name of a procedure that has a route: all but the subscriptions. */
export type RestProcedure = {
  [R in keyof Routers]: {
    [P in Extract<keyof Routers[R], string>]: Routers[R][P] extends AnySubscriptionProcedure
      ? never
      : `${R}.${P}`;
  }[Extract<keyof Routers[R], string>];
}[keyof Routers];

/** What a route needs of its procedure. */
export interface Procedure {
  readonly type: 'query' | 'mutation';
  /** False for a procedure that takes no input, and therefore checks none. */
  readonly hasInput: boolean;
  /** The fields of the input. */
  readonly input: z.ZodObject;
  readonly output: z.ZodType;
  /** @param signal aborts when the caller is gone; for procedures that wait */
  call(context: TrpcContext, input: unknown, signal?: AbortSignal): Promise<unknown>;
}

/** The parts of tRPC's procedures that are read here. */
interface CallableProcedure {
  (options: {
    readonly ctx: TrpcContext;
    readonly path: string;
    readonly type: string;
    readonly batchIndex: number;
    readonly signal: AbortSignal | undefined;
    readonly getRawInput: () => Promise<unknown>;
  }): Promise<unknown>;
  readonly _def: { readonly type: 'query' | 'mutation'; readonly output: z.ZodType };
}

/** Returns a procedure by its name. A call runs it with all its checks: access, limits, input and output. */
export function getProcedure(path: RestProcedure): Procedure {
  // `as`: tRPC keeps procedures by their path, which its type does not say.
  const procedures = appRouter._def.procedures as unknown as Readonly<
    Record<RestProcedure, CallableProcedure>
  >;
  const procedure = procedures[path];
  const { type, output } = procedure._def;
  const schema = findInputSchema(path);
  return {
    type,
    hasInput: schema !== undefined,
    input: schema === undefined ? z.strictObject({}) : toObject(path, schema),
    output,
    async call(ctx, input, signal) {
      const getRawInput = async () => (schema === undefined ? undefined : input);
      return await procedure({ ctx, path, type, batchIndex: 0, signal, getRawInput });
    },
  };
}

/** Inputs are objects, some with a default for the whole. */
function toObject(path: string, schema: z.ZodType): z.ZodObject {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodPrefault && schema.unwrap() instanceof z.ZodObject) {
    return toObject(path, schema.unwrap() as z.ZodObject);
  }
  throw new Error(`the input of ${path} is no object`);
}

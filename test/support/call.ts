import type { OutputOf, ProcedurePath } from './app.ts';
import { testRootToken, type ServerProcess } from './server-process.ts';

export interface CallAnswer<TData> {
  readonly status: number;
  /** Of an error, like the next two. */
  readonly code: string | undefined;
  readonly retryable: boolean | undefined;
  readonly message: string | undefined;
  readonly data: TData | undefined;
}

/**
 * Calls a procedure over HTTP as the operator and returns any response. A call without an input is a query.
 */
export async function tryCall<TPath extends ProcedurePath>(
  server: ServerProcess,
  path: TPath,
  input?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<CallAnswer<OutputOf<TPath>>> {
  const response = await fetch(`${server.url}/trpc/${path}`, {
    method: input === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${testRootToken}`, ...headers },
    ...(input === undefined ? {} : { body: JSON.stringify(input) }),
  });
  const { result, error } = (await response.json()) as {
    result?: { data: OutputOf<TPath> };
    error?: { message: string; data: { tocsin?: { code: string; retryable: boolean } } };
  };
  const details = error?.data.tocsin;
  return {
    status: response.status,
    code: details?.code,
    retryable: details?.retryable,
    message: error?.message,
    data: result?.data,
  };
}

/** As `tryCall`, for calls that must succeed. */
export async function call<TPath extends ProcedurePath>(
  server: ServerProcess,
  path: TPath,
  input?: object,
  headers?: Readonly<Record<string, string>>,
): Promise<OutputOf<TPath>> {
  const { data, ...failure } = await tryCall(server, path, input, headers);
  if (data === undefined) throw new Error(`${path} failed: ${JSON.stringify(failure)}`);
  return data;
}

import { request } from 'undici';
import { rootToken } from './server.ts';

/** Calls a mutation as the operator. Used only for the setup; measured calls go through the publisher. */
export async function callProcedure<TResult>(
  url: string,
  procedure: string,
  input: unknown,
): Promise<TResult> {
  const response = await request(`${url}/trpc/${procedure}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rootToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  return readData(procedure, response.statusCode, await response.body.text()) as TResult;
}

/** Calls a query as the operator. */
export async function queryProcedure<TResult>(
  url: string,
  procedure: string,
  input: unknown,
): Promise<TResult> {
  const query = encodeURIComponent(JSON.stringify(input));
  const response = await request(`${url}/trpc/${procedure}?input=${query}`, {
    headers: { authorization: `Bearer ${rootToken}` },
  });
  return readData(procedure, response.statusCode, await response.body.text()) as TResult;
}

/** The result is unknown here. The callers cast it, because they know the procedure. */
function readData(procedure: string, status: number, text: string): unknown {
  if (status !== 200) throw new Error(`${procedure} returned ${status}: ${text}`);
  return (JSON.parse(text) as { result: { data: unknown } }).result.data;
}

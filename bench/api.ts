import { request } from 'undici';
import { rootToken } from './server.ts';

/** Calls a procedure as the operator. Only for setting up: what is measured goes through the publisher. */
export async function callProcedure<TResult>(
  url: string,
  procedure: string,
  input: unknown,
): Promise<TResult> {
  const answer = await request(`${url}/trpc/${procedure}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rootToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  return dataOf(procedure, answer.statusCode, await answer.body.text()) as TResult;
}

/** As `callProcedure`, for those that change nothing. */
export async function queryProcedure<TResult>(
  url: string,
  procedure: string,
  input: unknown,
): Promise<TResult> {
  const query = encodeURIComponent(JSON.stringify(input));
  const answer = await request(`${url}/trpc/${procedure}?input=${query}`, {
    headers: { authorization: `Bearer ${rootToken}` },
  });
  return dataOf(procedure, answer.statusCode, await answer.body.text()) as TResult;
}

/** The caller names the procedure and knows what it answers. */
function dataOf(procedure: string, status: number, text: string): unknown {
  if (status !== 200) throw new Error(`${procedure} answered ${status}: ${text}`);
  return (JSON.parse(text) as { result: { data: unknown } }).result.data;
}

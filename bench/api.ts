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
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${procedure} answered ${answer.statusCode}: ${text}`);
  // The caller names the procedure and knows what it answers.
  return (JSON.parse(text) as { result: { data: TResult } }).result.data;
}

import type { TestApp } from './app.ts';

/**
 * Opens a subscription and returns its beginning in the form of a plain call: the status of its error, or 200
 * with the first item. Then closes the connection.
 */
export async function firstOfStream(
  app: TestApp,
  path: string,
  input: unknown,
  token: string | null,
): Promise<{ readonly status: number; readonly text: string }> {
  const connection = new AbortController();
  const query = `input=${encodeURIComponent(JSON.stringify(input))}`;
  const response = await fetch(`${app.url}/trpc/${path}?${query}`, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal: connection.signal,
  });
  if (response.status !== 200 || response.body === null) {
    return { status: response.status, text: await response.text() };
  }
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      const failed = /event: serialized-error\ndata: (\{.*\})\n/.exec(text)?.[1];
      if (failed !== undefined) {
        const { data } = JSON.parse(failed) as { data: { httpStatus: number } };
        return { status: data.httpStatus, text: failed };
      }
      const item = /^data: (.*)\nid: /m.exec(text)?.[1];
      if (item !== undefined) return { status: 200, text: item };
    }
  } finally {
    connection.abort();
  }
  throw new Error(`the stream of ${path} ended after ${text}`);
}

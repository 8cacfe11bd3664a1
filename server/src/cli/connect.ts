import type { TocsinClient } from '@tocsin/client';
import { UsageError, type Context, type OptionSpec } from './command.ts';

/** Events of any type, because commands do not know the catalog of the server. */
interface AnyEvents {
  readonly [type: string]: {
    readonly input: Record<string, unknown>;
    readonly output: Record<string, unknown>;
  };
}

/** The client of commands. */
export type CliClient = TocsinClient<AnyEvents>;

const defaultUrl = 'http://127.0.0.1:4400';

/**
 * Options of every command that calls a server. There is no token option, because process lists would show
 * it.
 */
export const serverOptions = {
  url: { type: 'string', value: 'url', summary: `URL of the server (default: TOCSIN_URL, or ${defaultUrl})` },
} as const satisfies Record<string, OptionSpec>;

/** The compilation of many schemas, or a busy server, can take longer than the default of the client. */
const callTimeoutMs = 60_000;

/** About five seconds: a person waits for the answer of a command, also for the one that the server is away. */
const retries = 5;

export const serverDetails = 'Calls a running server with the API key in TOCSIN_TOKEN.';

/** Returns the URL of the server that the commands call. */
export function toServerUrl({ env }: Pick<Context, 'env'>, url: string | undefined): string {
  return url ?? (env['TOCSIN_URL'] === '' ? undefined : env['TOCSIN_URL']) ?? defaultUrl;
}

/** Calls `use` with a client and closes the client afterwards. */
export async function withClient<T>(
  context: Pick<Context, 'env'>,
  url: string | undefined,
  use: (client: CliClient) => Promise<T>,
): Promise<T> {
  const token = context.env['TOCSIN_TOKEN'] ?? '';
  if (token === '') throw new UsageError('TOCSIN_TOKEN: must be set to an API key or the root token');
  // Imported lazily: without a built client, as in the container image, the other commands still work.
  const { createTocsinClient } = await import('@tocsin/client');
  let client: CliClient;
  try {
    client = createTocsinClient<AnyEvents>({
      url: toServerUrl(context, url),
      token,
      attemptTimeoutMs: callTimeoutMs,
      retry: { retries },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

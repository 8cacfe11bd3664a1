import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

/**
 * Checks that the address can be listened on, and frees it again. Done before the database starts, so that a
 * mistake costs nothing.
 *
 * @throws StartError
 */
export async function checkListen({ HOST: host, PORT: port }: ListenAddress): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
  } catch (error) {
    throw toListenError(error, { HOST: host, PORT: port });
  }
  await new Promise((resolve) => server.close(resolve));
}

export interface ListenAddress {
  readonly HOST: string;
  readonly PORT: number;
}

/** Explains an error of `listen`. Returns other errors unchanged. */
export function toListenError(error: unknown, { HOST: host, PORT: port }: ListenAddress): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const sentence = listenSentences[code]?.(host, port);
  return sentence === undefined ? error : new StartError(sentence, { cause: error });
}

const listenSentences: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `port ${port} of ${host} is in use by another process; stop it, or set another PORT`,
  EADDRNOTAVAIL: (host) =>
    `HOST ${host} is not an address of this machine; set it to 127.0.0.1, to 0.0.0.0 for all addresses, or to one of the machine`,
  ENOTFOUND: unresolvable,
  EAI_AGAIN: unresolvable,
  EINVAL: (host) =>
    `HOST ${host} cannot be listened on; a link-local address needs its interface, as in fe80::1%eth0`,
  EAFNOSUPPORT: (host) =>
    `HOST ${host} is an IPv6 address, and IPv6 is off on this machine; set it to 127.0.0.1`,
  EACCES: (_host, port) =>
    `port ${port} needs the rights of an administrator; set a PORT above 1023, or permit it`,
};

function unresolvable(host: string): string {
  return `HOST ${host} is neither an address nor a name that can be resolved; set it to 127.0.0.1, or to 0.0.0.0 for all addresses`;
}

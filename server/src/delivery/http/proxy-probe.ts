import { connectToProxy, type ProxyConnection } from './proxy-connection.ts';

/** A request that a proxy answers itself (RFC 9110, 9.3.7 and 7.6.2). It needs no credentials: a refusal will do. */
const question = 'OPTIONS * HTTP/1.1\r\nhost: proxy\r\nmax-forwards: 0\r\nconnection: close\r\n\r\n';

/**
 * Whether the proxy answers a request of its own, with any status. Tells a proxy that hangs from one that waits for a
 * receiver. Never rejects.
 */
export async function isProxyAnswering(connection: ProxyConnection, timeoutMs: number): Promise<boolean> {
  const socket = connectToProxy(connection);
  try {
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      const finish = (isAnswered: boolean) => {
        clearTimeout(timer);
        resolve(isAnswered);
      };
      socket.once(connection.proxy.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
        socket.write(question, 'latin1'),
      );
      socket.once('data', (bytes) => finish(bytes.toString('latin1').startsWith('HTTP/1.')));
      socket.on('error', () => finish(false));
      socket.once('close', () => finish(false));
    });
  } finally {
    socket.destroy();
  }
}

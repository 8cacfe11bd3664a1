import * as net from 'node:net';
import * as tls from 'node:tls';
import type { OutboundProxy } from './outbound-proxy.ts';

export interface ProxyConnection {
  readonly proxy: OutboundProxy;
  /** For the connection to an `https:` proxy. */
  readonly secureContext: tls.SecureContext;
}

/** Opens a connection to the proxy itself. */
export function connectToProxy({ proxy, secureContext }: ProxyConnection): net.Socket {
  const { host, port } = proxy;
  const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 } as const;
  if (proxy.protocol === 'http:') return net.connect(options);
  return tls.connect({
    ...options,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
  });
}

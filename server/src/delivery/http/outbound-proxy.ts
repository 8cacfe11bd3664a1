import type { AllowedTargets } from '../ssrf/allowed-targets.ts';

/** An HTTP proxy that opens tunnels to receivers, for sites whose requests come from fixed addresses. */
export interface OutboundProxy {
  /** `https:` encrypts the connection to the proxy. Receivers have TLS of their own inside it. */
  readonly protocol: 'http:' | 'https:';
  readonly host: string;
  readonly port: number;
  /** The header `Proxy-Authorization`. A credential: never logged. */
  readonly authorization: string | undefined;
}

export interface ProxyOptions {
  readonly proxy: OutboundProxy;
  /** Receivers that are called without the proxy. */
  readonly except: AllowedTargets;
  /** How long the proxy may take to open a tunnel, ms. Less than the deadline of an attempt. @default 5000 */
  readonly timeoutMs?: number;
}

/**
 * Parses `OUTBOUND_PROXY`: `http://user:password@host:port`. Its host needs no check, because the operator sets it.
 *
 * @throws Error that says what is wrong, without the value
 */
export function parseOutboundProxy(text: string): OutboundProxy {
  if (!URL.canParse(text)) throw new Error('must be a URL such as http://proxy.example.com:3128');
  const url = new URL(text);
  const { protocol, username, password } = url;
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error('must have the scheme http or https');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new Error('must have no path, query or fragment');
  }
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
    authorization: username === '' && password === '' ? undefined : toBasic(username, password),
  };
}

function toBasic(username: string, password: string): string {
  let credentials: string;
  try {
    credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new Error('has a user name or password with a wrong percent-encoding');
  }
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}

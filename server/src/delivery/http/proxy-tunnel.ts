import type * as net from 'node:net';
import { connectToProxy, type ProxyConnection } from './proxy-connection.ts';

/** The most bytes of a proxy's response to CONNECT. */
const maxHeadBytes = 16 * 1024;

/** Why a proxy opened no tunnel. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  /**
   * `receiver` if the proxy says that it does not reach the receiver; `silent` if it did not answer in time, and
   * `proxy` for everything else.
   */
  readonly fault: 'proxy' | 'receiver' | 'silent';

  constructor(fault: TunnelError['fault'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}

export interface TunnelRequest extends ProxyConnection {
  /** A checked address of the receiver. The proxy gets no name, so it resolves none. */
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Called with the socket as soon as it exists, so that it can be destroyed. */
  readonly onSocket: (socket: net.Socket) => void;
}

/**
 * Connects to the proxy and opens a tunnel to a receiver with CONNECT (RFC 9110, 9.3.6).
 *
 * @throws TunnelError
 */
export async function openTunnel(request: TunnelRequest): Promise<net.Socket> {
  const { proxy, address, port, timeoutMs } = request;
  const socket = connectToProxy(request);
  request.onSocket(socket);
  let hasConnected = false;
  let resolve: (socket: net.Socket) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<net.Socket>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  const timer = setTimeout(() => {
    reject(new TunnelError(hasConnected ? 'silent' : 'proxy', `no tunnel within ${timeoutMs} ms`));
  }, timeoutMs);
  let head = '';
  const onConnected = (): void => {
    hasConnected = true;
    socket.write(toConnect(toAuthority(address, port), proxy.authorization), 'latin1');
  };
  const onData = (bytes: Buffer): void => {
    head += bytes.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length <= maxHeadBytes) return;
    const error = end < 0 ? new TunnelError('proxy', 'not HTTP') : findRejection(head, end);
    if (error === undefined) resolve(socket);
    else reject(error);
  };
  const onError = (error: Error & { readonly code?: string }): void => {
    reject(new TunnelError('proxy', error.code ?? error.name, error));
  };
  const onClose = (): void => reject(new TunnelError('proxy', 'closed by the proxy'));
  socket.once(proxy.protocol === 'https:' ? 'secureConnect' : 'connect', onConnected);
  socket.on('data', onData);
  socket.on('error', onError);
  socket.on('end', onClose);
  socket.on('close', onClose);
  try {
    return await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('data', onData);
    socket.off('end', onClose);
    socket.off('close', onClose);
  }
}

function toAuthority(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function toConnect(authority: string, authorization: string | undefined): string {
  const credentials = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${credentials}\r\n`;
}

/** Returns why a response is no tunnel. Its text is not kept, because it may repeat what was sent. */
function findRejection(head: string, end: number): TunnelError | undefined {
  const status = /^HTTP\/1\.[01] (\d{3})(?:[ \r])/.exec(head)?.[1];
  if (status === undefined) return new TunnelError('proxy', 'not HTTP');
  // A receiver does not speak first, neither in TLS nor in HTTP.
  if (status.startsWith('2') && head.length > end + 4) return new TunnelError('proxy', 'unexpected bytes');
  if (status.startsWith('2')) return undefined;
  const isReceiver = status === '502' || status === '503' || status === '504';
  return new TunnelError(isReceiver ? 'receiver' : 'proxy', `status ${status} of the proxy`);
}

import { createServer, type Socket } from 'node:net';
import { nowUs } from '../clock.ts';
import { serve } from '../worker.ts';

/*
 * The receiver, a minimal HTTP server on plain sockets. It shares the machine with the measured server, and
 * `node:http` would use three times as much CPU time.
 */

export type Behavior =
  | { readonly kind: 'respond'; readonly status: 200 | 500 | 503; readonly delayMs?: number }
  | { readonly kind: 'hang' };

export interface PathReport {
  /** Number of requests. */
  readonly requests: number;
  /** Number of distinct events with a 200 response. */
  readonly received: number;
  /** Number of repeated events with a 200 response. */
  readonly duplicates: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** Maximum number of concurrent requests. */
  readonly maxOpen: number;
  /** Time from publishing to the first receipt of each event. */
  readonly latenciesUs: number[];
}

interface PathState {
  behavior: Behavior;
  requests: number;
  received: number;
  duplicates: number;
  firstUs: number;
  lastUs: number;
  open: number;
  maxOpen: number;
  seen: Uint8Array;
  latenciesUs: number[];
}

const paths = new Map<string, PathState>();
let onReceipt = (_path: string) => {};

function getState(path: string): PathState {
  let state = paths.get(path);
  if (state === undefined) {
    state = { behavior: { kind: 'respond', status: 200 }, open: 0, ...createCounters() };
    paths.set(path, state);
  }
  return state;
}

function createCounters(): Omit<PathState, 'behavior' | 'open'> {
  return {
    requests: 0,
    received: 0,
    duplicates: 0,
    firstUs: 0,
    lastUs: 0,
    maxOpen: 0,
    seen: new Uint8Array(64 * 1024),
    latenciesUs: [],
  };
}

const responses = {
  200: Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nOK'),
  500: Buffer.from('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n'),
  503: Buffer.from('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'),
};

/** Reads the number after a key. The bench creates the payload, so the key occurs once and unescaped. */
function numberAfter(text: string, key: string): number {
  const at = text.indexOf(key);
  return at === -1 ? Number.NaN : Number.parseInt(text.slice(at + key.length, at + key.length + 20), 10);
}

function receive(socket: Socket, path: string, body: string): void {
  const state = getState(path);
  const { behavior } = state;
  state.requests++;
  state.open++;
  if (state.open > state.maxOpen) state.maxOpen = state.open;
  if (behavior.kind === 'hang') {
    socket.once('close', () => state.open--);
    return;
  }
  if (behavior.status === 200) count(path, state, body);
  const respond = () => {
    state.open--;
    if (!socket.destroyed) socket.write(responses[behavior.status]);
  };
  if (behavior.delayMs === undefined) respond();
  else setTimeout(respond, behavior.delayMs);
}

function count(path: string, state: PathState, body: string): void {
  const at = nowUs();
  const n = numberAfter(body, '"n":');
  if (n >= state.seen.length) {
    const larger = new Uint8Array(state.seen.length * 4);
    larger.set(state.seen);
    state.seen = larger;
  }
  if (state.seen[n] === 1) {
    state.duplicates++;
    return;
  }
  state.seen[n] = 1;
  state.received++;
  if (state.firstUs === 0) state.firstUs = at;
  state.lastUs = at;
  state.latenciesUs.push(at - numberAfter(body, '"sentUs":'));
  onReceipt(path);
}

const server = createServer({ noDelay: true }, (socket) => {
  let pending = '';
  socket.on('data', (chunk) => {
    // One character per byte, so that string lengths match Content-Length. The payload is ASCII.
    pending += chunk.toString('latin1');
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = numberAfter(pending.slice(0, headEnd).toLowerCase(), 'content-length: ');
      const end = headEnd + 4 + (Number.isNaN(length) ? 0 : length);
      if (pending.length < end) return;
      const path = pending.slice(pending.indexOf(' ') + 1, pending.indexOf(' HTTP/1.1'));
      const body = pending.slice(headEnd + 4, end);
      pending = pending.slice(end);
      receive(socket, path, body);
    }
  });
  socket.on('error', () => socket.destroy());
});

const commands = {
  listen: () =>
    new Promise<{ url: string }>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        const port = typeof address === 'object' ? address?.port : undefined;
        resolve({ url: `http://127.0.0.1:${port}` });
      });
    }),

  /** Resets the counters of all paths. Keeps their behavior and their open requests. */
  reset: () => {
    for (const state of paths.values()) Object.assign(state, createCounters(), { maxOpen: state.open });
  },

  setBehavior: ({ path, behavior }: { path: string; behavior: Behavior }) => {
    getState(path).behavior = behavior;
  },

  /**
   * Resolves when a path has received `total` distinct events, or at the timeout. Without a path, all paths
   * count together.
   */
  waitFor: ({ total, timeoutMs, path }: { total: number; timeoutMs: number; path?: string }) =>
    new Promise<{ received: number; lastUs: number }>((resolve) => {
      const counted = () => (path === undefined ? [...paths.values()] : [getState(path)]);
      const received = () => counted().reduce((sum, state) => sum + state.received, 0);
      const finish = () => {
        clearTimeout(timer);
        onReceipt = () => {};
        resolve({
          received: received(),
          lastUs: Math.max(...counted().map((state) => state.lastUs)),
        });
      };
      let missing = total - received();
      const timer = setTimeout(finish, timeoutMs);
      if (missing <= 0) finish();
      else
        onReceipt = (at) => {
          if (path === undefined || at === path) missing--;
          if (missing <= 0) finish();
        };
    }),

  report: ({ path }: { path: string }): PathReport => {
    const { behavior: _, open: __, seen: ___, ...report } = getState(path);
    return report;
  },
};

export type SinkCommands = typeof commands;

serve(commands);

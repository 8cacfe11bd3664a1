import { createServer, type Socket } from 'node:net';
import { nowUs } from '../clock.ts';
import { serve } from '../worker.ts';

/*
 * The receiver. HTTP by hand on plain sockets: Node's own server costs three times as much, and the sink shares the
 * machine with what it measures.
 */

export type Behaviour =
  | { readonly kind: 'answer'; readonly status: 200 | 500 | 503; readonly afterMs?: number }
  | { readonly kind: 'hang' };

export interface PathReport {
  /** Requests that came. */
  readonly requests: number;
  /** Different events among those that were answered 200. */
  readonly received: number;
  /** Answered 200 more than once. */
  readonly duplicates: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** Most requests open at the same time. */
  readonly maxOpen: number;
  /** From the publisher's clock in the payload to here, for each event's first receipt. */
  readonly latenciesUs: number[];
}

interface PathState {
  behavior: Behaviour;
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
let onReceipt = () => {};

function stateOf(path: string): PathState {
  let state = paths.get(path);
  if (state === undefined) {
    state = { behavior: { kind: 'answer', status: 200 }, open: 0, ...fresh() };
    paths.set(path, state);
  }
  return state;
}

function fresh(): Omit<PathState, 'behavior' | 'open'> {
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

const answers = {
  200: Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nOK'),
  500: Buffer.from('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n'),
  503: Buffer.from('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'),
};

/** The number behind a key of the payload; the payload is ours, so the key stands there once and unescaped. */
function numberAfter(text: string, key: string): number {
  const at = text.indexOf(key);
  return at === -1 ? Number.NaN : Number.parseInt(text.slice(at + key.length, at + key.length + 20), 10);
}

function receive(socket: Socket, path: string, body: string): void {
  const state = stateOf(path);
  const { behavior } = state;
  state.requests++;
  state.open++;
  if (state.open > state.maxOpen) state.maxOpen = state.open;
  if (behavior.kind === 'hang') {
    socket.once('close', () => state.open--);
    return;
  }
  if (behavior.status === 200) count(state, body);
  const answer = () => {
    state.open--;
    if (!socket.destroyed) socket.write(answers[behavior.status]);
  };
  if (behavior.afterMs === undefined) answer();
  else setTimeout(answer, behavior.afterMs);
}

function count(state: PathState, body: string): void {
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
  onReceipt();
}

const server = createServer({ noDelay: true }, (socket) => {
  let pending = '';
  socket.on('data', (chunk) => {
    // One byte, one character: lengths are then those of Content-Length, and our payload is ASCII.
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

  /** Forgets what came, on every path; how paths behave, and what is open, stays. */
  reset: () => {
    for (const state of paths.values()) Object.assign(state, fresh());
  },

  behave: ({ path, behavior }: { path: string; behavior: Behaviour }) => {
    stateOf(path).behavior = behavior;
  },

  /** Resolves when `total` different events were received over all paths, or with what there is at the time limit. */
  waitFor: ({ total, withinMs }: { total: number; withinMs: number }) =>
    new Promise<{ received: number; lastUs: number }>((resolve) => {
      const received = () => [...paths.values()].reduce((sum, state) => sum + state.received, 0);
      const finish = () => {
        clearTimeout(timer);
        onReceipt = () => {};
        resolve({
          received: received(),
          lastUs: Math.max(...[...paths.values()].map((state) => state.lastUs)),
        });
      };
      let missing = total - received();
      const timer = setTimeout(finish, withinMs);
      if (missing <= 0) finish();
      else
        onReceipt = () => {
          missing--;
          if (missing <= 0) finish();
        };
    }),

  report: ({ path }: { path: string }): PathReport => {
    const { behavior: _, open: __, seen: ___, ...report } = stateOf(path);
    return report;
  },
};

export type SinkCommands = typeof commands;

serve(commands);

import { matchesEventType } from '@tocsin/shared';
import { errorBody, httpDouble, json, type SeenRequest } from './http-double.ts';

export interface FeedItem {
  readonly id: string;
  readonly type: string;
}

interface ReadInput {
  readonly after?: string;
  readonly start?: 'oldest' | 'newest';
  readonly consumer?: string;
  readonly types?: readonly string[];
  readonly limit?: number;
  readonly waitMs?: number;
}

interface CommitInput {
  readonly consumer: string;
  readonly cursor: string;
  readonly expectedCursor?: string | null;
}

/** What happens to a request: `lost` is carried out and gets no response. */
export type Fault = 'cut' | 'unavailable' | 'lost' | 'denied' | undefined;

const toCursor = (position: number) => `cursor${String(position).padStart(10, '0')}`;
const toPosition = (cursor: string) => Number(cursor.slice('cursor'.length));

/** A server with the wire of the feed over a log in memory. */
export async function feedDouble({ fault }: { readonly fault?: (path: string, n: number) => Fault } = {}) {
  const log: FeedItem[] = [];
  const cursors = new Map<string, string>();
  const reads: ReadInput[] = [];
  const commits: CommitInput[] = [];
  const waiting = new Set<() => void>();
  let requests = 0;
  let isStopping = false;

  function page({ after, start, types, limit = 100 }: ReadInput) {
    const from = after === undefined ? (start === 'newest' ? log.length : 0) : toPosition(after);
    const items: object[] = [];
    let at = from;
    for (; at < log.length && items.length < limit; at++) {
      const item = log[at];
      if (item === undefined || types?.some((selector) => matchesEventType(selector, item.type)) === false) {
        continue;
      }
      const data = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b', appId: 'app_1' };
      const timestamp = '2026-04-10T15:30:00.000Z';
      items.push({ ...item, appId: 'app_1', timestamp, data, cursor: toCursor(at + 1) });
    }
    return { items, cursor: toCursor(at), hasMore: at < log.length };
  }

  async function read(input: ReadInput) {
    reads.push(input);
    const found = page(input);
    if (found.items.length > 0 || (input.waitMs ?? 0) === 0 || isStopping) return found;
    const position = found.cursor;
    await new Promise<void>((resolve) => {
      waiting.add(resolve);
      setTimeout(resolve, input.waitMs).unref();
    });
    return page({ ...input, after: position });
  }

  function commit(input: CommitInput) {
    const stored = cursors.get(input.consumer) ?? null;
    if (input.expectedCursor !== undefined && input.expectedCursor !== stored) return undefined;
    commits.push(input);
    cursors.set(input.consumer, input.cursor);
    return toView(input.consumer);
  }

  const toView = (consumer: string) => ({
    consumer,
    cursor: cursors.get(consumer),
    updatedAt: '2026-04-10T15:30:00.000Z',
    readTo: null,
  });

  async function call(path: string, input: unknown): Promise<unknown> {
    switch (path) {
      case 'feed.read':
        return await read(input as ReadInput);
      case 'feed.commit':
        return commit(input as CommitInput);
      case 'feed.consumers':
        return { items: [...cursors.keys()].toSorted().map(toView) };
      case 'feed.deleteConsumer':
        cursors.delete((input as CommitInput).consumer);
        return { deleted: true };
      default:
        throw new Error(`no procedure ${path}`);
    }
  }

  const double = await httpDouble(async (request, response) => {
    const { path, input } = parse(request);
    const what = fault?.(path, requests++);
    if (what === 'cut') return void response.destroy();
    if (what === 'unavailable') return json(response, 503, errorBody('UNAVAILABLE', 503));
    if (what === 'denied') return json(response, 403, errorBody('SCOPE_MISSING', 403));
    const data = await call(path, input);
    if (what === 'lost') return void response.destroy();
    if (data === undefined) return json(response, 409, errorBody('CONFLICT', 409));
    json(response, 200, { result: { data } });
  });
  return {
    url: double.url,
    log,
    cursors,
    reads,
    commits,
    /** The position up to which a consumer has committed. */
    committed: (consumer: string) => {
      const cursor = cursors.get(consumer);
      return cursor === undefined ? undefined : toPosition(cursor);
    },
    /** Answers waiting reads at once, as a server that stops. */
    stopWaits: () => (isStopping = true),
    append(...items: readonly FeedItem[]) {
      log.push(...items);
      for (const wake of waiting) wake();
      waiting.clear();
    },
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  };
}

function parse({ method, url, body }: SeenRequest): { readonly path: string; readonly input: unknown } {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const text = method === 'GET' ? (searchParams.get('input') ?? '{}') : body;
  return { path: pathname.replace('/trpc/', ''), input: JSON.parse(text) as unknown };
}

import { describe, expect, it } from 'vitest';
import type { CliClient } from '../../../../server/src/cli/connect.ts';
import { readEvents, type EventSource } from '../../../../server/src/cli/listen/event-source.ts';

interface Scene {
  /** Stored events, the oldest first: number and type. */
  readonly stored: readonly (readonly [number, string])[];
  /** Events of the subscription. */
  readonly live: readonly number[];
  readonly pageSize?: number;
}

const view = ([n, event]: readonly [number, string]) => ({
  id: `evt_${n}`,
  appId: 'app_1',
  event,
  timestamp: '2026-01-01T00:00:00.000Z',
  data: {},
});

/** A client whose calls are recorded. */
function createScene({ stored, live, pageSize = 2 }: Scene) {
  const calls: string[] = [];
  const newest = stored.map(view).reverse();
  const client = {
    events: {
      list: {
        query: async ({ cursor }: { readonly cursor?: string }) => {
          const from = cursor === undefined ? 0 : Number(cursor);
          calls.push(`list ${from}`);
          const to = from + pageSize;
          return await Promise.resolve({
            items: newest.slice(from, to),
            nextCursor: to < newest.length ? String(to) : null,
          });
        },
      },
      subscribe: async function* (_input: object, { onConnect }: { readonly onConnect: () => void }) {
        calls.push('subscribe');
        await Promise.resolve();
        calls.push('position');
        onConnect();
        for (const n of live) {
          yield await Promise.resolve({ ...view([n, 'user.ban']), type: 'user.ban', cursor: String(n) });
        }
      },
    },
  };
  const read = async (source: Partial<EventSource>) => {
    const ids: string[] = [];
    // `as`: the source calls two methods of the client only.
    const events = readEvents(client as unknown as CliClient, {
      appId: 'app_1',
      types: undefined,
      stored: { since: undefined, last: Infinity },
      isOnce: false,
      signal: new AbortController().signal,
      onConnect: () => undefined,
      onReconnect: () => undefined,
      ...source,
    });
    for await (const { id } of events) ids.push(id);
    return ids;
  };
  return { calls, read };
}

const fiveStored = [1, 2, 3, 4, 5].map((n) => [n, n % 2 === 0 ? 'user.login' : 'user.ban'] as const);

describe('the events that listen forwards', () => {
  it('are the stored ones, the oldest first, and then the new ones, each once', async () => {
    const { calls, read } = createScene({ stored: fiveStored, live: [4, 5, 6, 7] });
    expect(await read({})).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `evt_${n}`));
    // The position comes before the first list, so no event falls between them. The first page is read once.
    expect(calls).toEqual(['subscribe', 'position', 'list 0', 'list 2', 'list 4', 'list 4', 'list 2']);
  });

  it.each([
    [1, ['evt_5']],
    [2, ['evt_4', 'evt_5']],
    [3, ['evt_3', 'evt_4', 'evt_5']],
    [9, ['evt_1', 'evt_2', 'evt_3', 'evt_4', 'evt_5']],
  ])('are the last %i stored ones', async (last, ids) => {
    const { read } = createScene({ stored: fiveStored, live: [] });
    expect(await read({ stored: { since: undefined, last }, isOnce: true })).toEqual(ids);
  });

  it('are the last ones of the selected types', async () => {
    const { read } = createScene({ stored: fiveStored, live: [] });
    const stored = { since: undefined, last: 2 };
    expect(await read({ stored, types: ['user.ban'], isOnce: true })).toEqual(['evt_3', 'evt_5']);
  });
});

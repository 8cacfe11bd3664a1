import { expect, it } from 'vitest';
import { ReadAhead } from '../../../../server/src/services/common/read-ahead.ts';

const keys = ['a', 'b', 'c', 'd', 'e'];

/** Reads pages of two of five keys. */
function readAhead() {
  const pages: string[] = [];
  const state = { hasRoom: true, isAway: false };
  const ahead = new ReadAhead({
    readPage: (after) => {
      if (state.isAway) return Promise.reject(new Error('away'));
      const page = keys.filter((key) => after === undefined || key > after).slice(0, 2);
      pages.push(page.join(''));
      return Promise.resolve(page.length < 2 ? undefined : page.at(-1));
    },
    hasRoom: () => state.hasRoom,
  });
  const miss = async (key: string) => {
    ahead.onMiss(key);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { pages, state, miss, ahead };
}

it('reads one page for each miss, from the first missed key on, until all were read once', async () => {
  const { pages, miss } = readAhead();
  for (let n = 0; n < 10; n++) await miss('b');
  expect(pages).toEqual(['cd', 'e', 'ab']);
});

it('reads one page at a time', async () => {
  const { pages, ahead, miss } = readAhead();
  ahead.onMiss('a');
  await miss('b');
  expect(pages).toEqual(['bc']);
});

it('reads nothing without room, and goes on after an error', async () => {
  const { pages, state, miss } = readAhead();
  state.hasRoom = false;
  await miss('a');
  state.hasRoom = true;
  state.isAway = true;
  await miss('a');
  expect(pages).toEqual([]);
  state.isAway = false;
  await miss('e');
  expect(pages).toEqual(['bc']);
});

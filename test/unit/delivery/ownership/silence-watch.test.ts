import { expect, it } from 'vitest';
import { SilenceWatch } from '../../../../server/src/delivery/ownership/silence-watch.ts';

it('counts from the moment when the last heartbeat was seen first', () => {
  const watch = new SilenceWatch();
  watch.observe([{ id: 'a', beats: 3 }], 100);
  watch.observe(
    [
      { id: 'a', beats: 3 },
      { id: 'b', beats: 0 },
    ],
    250,
  );
  expect(watch.getSilenceMs({ id: 'a', beats: 3 }, 400)).toBe(300);
  expect(watch.getSilenceMs({ id: 'b', beats: 0 }, 400)).toBe(150);
});

it('begins again with each heartbeat', () => {
  const watch = new SilenceWatch();
  watch.observe([{ id: 'a', beats: 3 }], 100);
  watch.observe([{ id: 'a', beats: 4 }], 200);
  expect(watch.getSilenceMs({ id: 'a', beats: 4 }, 400)).toBe(200);
  expect(watch.getSilenceMs({ id: 'a', beats: 5 }, 400)).toBe(0);
});

it('forgets processes that are gone', () => {
  const watch = new SilenceWatch();
  watch.observe([{ id: 'a', beats: 3 }], 100);
  watch.observe([], 200);
  watch.observe([{ id: 'a', beats: 3 }], 300);
  expect(watch.getSilenceMs({ id: 'a', beats: 3 }, 400)).toBe(100);
});

it('knows no silence of a process that it has not seen', () => {
  expect(new SilenceWatch().getSilenceMs({ id: 'a', beats: 3 }, 400)).toBe(0);
});

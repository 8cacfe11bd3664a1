import { expect, it } from 'vitest';
import { toProgress } from '../../../server/src/embedded/download-progress.ts';
import { createStatusLine } from '../../../server/src/startup/status-line.ts';

const megabyte = 1024 * 1024;

function writeAll(isTTY: boolean): string {
  let text = '';
  const status = createStatusLine({
    isTTY,
    columns: 30,
    write: (chunk: string) => (text += chunk) !== '',
  });
  const progress = toProgress(status.print, status.show);
  progress.start('a place');
  for (let received = 0; received <= 200; received++) progress.received(received * megabyte, 200 * megabyte);
  status.print('done');
  return text;
}

it('writes a line for each quarter of a download into a pipe', () => {
  expect(writeAll(false)).toBe(
    '  from a place\n  25% of 200 MB\n  50% of 200 MB\n  75% of 200 MB\n  100% of 200 MB\ndone\n',
  );
});

it('shows each percent in place on a terminal, and removes it', () => {
  const shown = writeAll(true).split('\r\u001b[K');
  expect(shown).toHaveLength(102);
  expect(shown.slice(1, 3)).toEqual(['  1% of 200 MB', '  2% of 200 MB']);
  expect(shown.at(-1)).toBe('done\n');
});

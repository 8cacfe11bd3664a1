import { expect, it } from 'vitest';
import { createLog } from '../../../server/src/telemetry/log.ts';
import { createTextDestination } from '../../../server/src/telemetry/text-log.ts';

function written(write: (log: ReturnType<typeof createLog>) => void, colors = false): string {
  let text = '';
  const destination = createTextDestination({ write: (line) => void (text += line), colors });
  write(createLog('info', { destination, secrets: ['operator-secret'] }));
  return text;
}

it('writes a readable line, without secrets', () => {
  const text = written((log) =>
    log.warn({ webhookId: 'wh_1', detail: 'operator-secret' }, 'a webhook was disabled'),
  );
  expect(text).toMatch(
    /^\[\d\d:\d\d:\d\d\] WARN: a webhook was disabled \{"webhookId":"wh_1","detail":"\[removed\]"\}\n$/,
  );
});

it('writes the stack of an error below it', () => {
  const text = written((log) => log.error({ err: new Error('it broke') }, 'failed'));
  expect(text.split('\n')[0]).toMatch(/ERROR: failed/);
  expect(text).toMatch(/it broke\n.* at .*text-log\.test\.ts/);
});

it('writes colors only if asked to, and no other control characters', () => {
  const hostile = '\u001b[2J\u0007\u009b2J \\u001b \\\u001b';
  const log = (into: ReturnType<typeof createLog>) => into.info({ reply: hostile }, hostile);
  // oxlint-disable-next-line no-control-regex -- matches control characters on purpose
  expect(written(log).replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(written(log)).toContain(String.raw`\u001b[2J`);
  expect(written(log, true)).toContain('\u001b[');
  expect(written(log, true)).not.toContain('\u001b[2J');
});

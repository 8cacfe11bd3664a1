import { describe, expect, it } from 'vitest';
import { createLog } from '../../../server/src/telemetry/log.ts';
import { createScrubber } from '../../../server/src/telemetry/scrub.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void, secrets: readonly string[] = []) {
  const lines: string[] = [];
  write(createLog('trace', { secrets, destination: { write: (line) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('scrubbing', () => {
  const scrub = createScrubber(['operator"s own word']);

  it.each([
    ['https://discord.com/api/webhooks/123/abcDEF-_x', 'https://discord.com/api/webhooks/[removed]'],
    [
      'https://canary.discord.com/api/v10/webhooks/1/t/slack?wait=true',
      'https://canary.discord.com/api/v10/webhooks/[removed]?wait=true',
    ],
    ['https://hooks.slack.com/services/T0/B0/xyz', 'https://hooks.slack.com/services/[removed]'],
    ['https://hooks.slack.com/triggers/T0/1/xyz', 'https://hooks.slack.com/triggers/[removed]'],
    ['https://hooks.slack.com/workflows/T0/A/1/xyz', 'https://hooks.slack.com/workflows/[removed]'],
    [
      'https://x.logic.azure.com:443/a?sp=%2F&sig=abc%2Fdef',
      'https://x.logic.azure.com:443/a?sp=%2F&sig=[removed]',
    ],
    [
      'https://acme.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d',
      'https://acme.webhook.office.com/webhookb2/[removed]',
    ],
    ['key tsk_0123456789abcdef0123456789abcdef0123456789abcdef was', 'key tsk_012345[removed] was'],
    ['secret whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c.', 'secret whsec_[removed].'],
    ['whsk_abc+/def0123456789==', 'whsk_[removed]'],
    ['"authorization":"Bearer abc.def-ghi"', '"authorization":"Bearer [removed]"'],
    ['mongodb://user:pa55@db.example/tocsin', 'mongodb://[removed]@db.example/tocsin'],
    ['mongodb+srv://user:pa55@db.example', 'mongodb+srv://[removed]@db.example'],
    ['GET /x?token=abc&limit=1', 'GET /x?token=[removed]&limit=1'],
    ['it is operator"s own word, and "operator\\"s own word"', 'it is [removed], and "[removed]"'],
  ])('removes the credential from %s', (text, clean) => {
    expect(scrub(text)).toBe(clean);
  });

  it.each([
    '/v1/apps/app_1/webhooks/wh_0123456789ab/test',
    '/v1/apps/:appId/webhooks/:webhookId',
    'at create (file:///srv/tocsin/server/src/services/webhooks/webhooks.ts:12:3)',
    'at run (/srv/tocsin/server/src/transport/trpc/webhooks.ts:9:1)',
    'webhook wh_0123456789ab, key tsk_0123, whsec_ and base64',
  ])('does not change %s', (text) => {
    expect(scrub(text)).toBe(text);
  });
});

describe('the log', () => {
  it('logs of an error only its type, message, code, stack and causes', () => {
    const cause = new Error('inner');
    const error = Object.assign(new Error('outer', { cause }), {
      code: 121,
      op: { data: 'a whole document' },
    });
    const [line] = logged((log) => log.error({ err: error }, 'failed'));
    expect(line).toMatchObject({
      err: { type: 'Error', message: 'outer', code: 121, cause: { message: 'inner' } },
      msg: 'failed',
    });
    expect(JSON.stringify(line)).not.toContain('a whole document');
  });

  it('does not follow circular causes', () => {
    const error = new Error('round');
    error.cause = error;
    expect(logged((log) => log.error({ err: error }, 'failed'))).toHaveLength(1);
  });

  it('removes fields with names of credentials', () => {
    const fields = {
      url: 'https://a/b',
      nested: { secret: 's', token: 't', key: 'k', authorization: 'a' },
      id: 1,
    };
    const [line] = logged((log) => log.info(fields, 'x'));
    expect(JSON.stringify(line).match(/\[removed\]/g)).toHaveLength(5);
    expect(line).toMatchObject({ id: 1 });
  });

  it("removes the operator's secrets anywhere in the line, and stays valid JSON", () => {
    const secret = 'pass"word\\of the operator';
    const [line] = logged((log) => log.warn({ note: `it is ${secret}!` }, `see ${secret}`), [secret]);
    expect(line).toMatchObject({ note: 'it is [removed]!', msg: 'see [removed]' });
  });
});

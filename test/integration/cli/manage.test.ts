import { describe, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';
import { runCommandLineHere, type CommandLineOptions } from '../../support/run-command.ts';

const app = useTestApp();
const receiver = useReceiver();

type More = Partial<Omit<CommandLineOptions, 'env'>>;

/** Runs a command line, given as words separated by spaces, and further words. */
const tocsin = async (line: string, words: readonly string[] = [], more: More = {}) =>
  await runCommandLineHere([...line.split(' '), ...words], {
    ...more,
    env: { TOCSIN_URL: app.url, TOCSIN_TOKEN: app.rootToken },
  });

/** The result of a command that must succeed. */
const resultOf = async (line: string, words: readonly string[] = []) => {
  const run = await tocsin(line, words);
  expect(run).toMatchObject({ ended: 0 });
  return run.stdout.trimEnd();
};

const jsonOf = async (line: string): Promise<unknown> => JSON.parse(await resultOf(`${line} --json`));

async function createWebhook(appId: string): Promise<string> {
  const created = await tocsin(`webhooks create --app ${appId} --endpoint ${receiver.url} --event user.*`);
  expect(created.stdout).toMatch(/^whsec_\w+\n$/);
  return /created (wh_\w+)/.exec(created.output)?.[1] ?? '';
}

describe('the commands of objects', () => {
  it('make an app, a webhook and an event, and show what happened to it', async () => {
    const appId = await resultOf('apps create --name Shop');
    const webhookId = await createWebhook(appId);
    const terminal = { readInput: async () => await Promise.resolve(JSON.stringify(loginData)) };
    const published = await tocsin(`events publish --app ${appId} --type user.login --data -`, [], {
      terminal,
    });
    const eventId = published.stdout.trim();
    expect(published.output).toContain('accepted; 1 delivery\n');
    await app.whenIdle();

    expect(await resultOf(`events explain ${eventId}`)).toMatch(
      new RegExp(`${webhookId} +delivered +1 +dlv_`),
    );
    const deliveryId = eventId.replace(/^evt/, 'dlv');
    expect(await resultOf(`deliveries attempts ${deliveryId}`)).toMatch(/^AT .*\n.* 200 +success/);
    expect(await resultOf(`deliveries list --webhook ${webhookId} --status delivered`)).toContain(deliveryId);
    expect(await resultOf(`deliveries list --webhook ${webhookId} --status failed`)).toBe('no deliveries');
    expect(await resultOf(`deliveries retry ${deliveryId}`)).toMatch(`${deliveryId} is`);
    expect(await jsonOf(`events get ${eventId}`)).toMatchObject({ id: eventId, data: loginData });
    expect(await resultOf(`events list --app ${appId} --type user.login`)).toContain(eventId);
    expect(await resultOf(`stats --app ${appId} --hours 1`)).toMatch(/^\d+ events accepted\n/);
  });

  it('change a webhook only at the expected revision', async () => {
    const webhookId = await createWebhook(await app.createApp());
    expect(await resultOf(`webhooks update ${webhookId} --rate-limit 5 --expected-revision 1`)).toContain(
      'revision 2',
    );
    expect(
      await tocsin(`webhooks update ${webhookId} --rate-limit none --expected-revision 1`),
    ).toMatchObject({
      ended: 1,
      output: expect.stringMatching(/^--expected-revision: .*\(REVISION_MISMATCH\)/) as string,
    });
    expect(await jsonOf(`webhooks update ${webhookId} --rate-limit none`)).toMatchObject({ rateLimit: null });
    expect(await resultOf(`webhooks disable ${webhookId}`)).toBe(`disabled ${webhookId}`);
    expect(await resultOf(`webhooks get ${webhookId}`)).toMatch(/disabledReason +by_user/);
    expect(await jsonOf(`webhooks enable ${webhookId} --backlog 2026-01-01T00:00:00Z`)).toMatchObject({
      enabled: true,
    });
    expect(await resultOf(`webhooks test ${webhookId}`)).toMatch(/delivered +true/);
    expect(await resultOf(`webhooks rotate-secret ${webhookId} --overlap-hours 0`)).toMatch(/^whsec_\w+$/);
    receiver.answerWith(500);
    expect((await tocsin(`webhooks test ${webhookId}`)).ended).toBe(1);
    receiver.answerWith(200);
  });

  it('return the first webhook for a repeated key', async () => {
    const appId = await app.createApp();
    const line = `webhooks create --app ${appId} --endpoint ${receiver.url} --event * --idempotency-key once --json`;
    expect(await resultOf(line)).toBe(await resultOf(line));
    expect((await app.call('webhooks.list', { appId })).items).toHaveLength(1);
  });

  it('ask before they destroy something', async () => {
    const appId = await app.createApp();
    const webhookId = await createWebhook(appId);
    expect(await tocsin(`webhooks delete ${webhookId}`)).toMatchObject({
      ended: 2,
      output: expect.stringContaining('--yes: is required without a terminal') as string,
    });
    const questions: string[] = [];
    const answer = (value: boolean) => ({
      terminal: {
        confirm: async (question: string) => {
          questions.push(question);
          return await Promise.resolve(value);
        },
      },
    });
    expect((await tocsin(`webhooks delete ${webhookId}`, [], answer(false))).ended).toBe(1);
    expect(await jsonOf(`webhooks get ${webhookId}`)).toMatchObject({ id: webhookId });
    expect((await tocsin(`webhooks delete ${webhookId}`, [], answer(true))).ended).toBe(0);
    expect(questions).toEqual(Array(2).fill(expect.stringContaining(`Delete ${webhookId}`)));
    expect((await tocsin(`webhooks get ${webhookId}`)).output).toContain('(NOT_FOUND)');
    expect(await resultOf(`apps delete ${appId} --yes`)).toBe(`deleted ${appId}`);
    expect(await resultOf('apps deletions')).toContain(appId);
  });

  it('read the feed of an app, and move and delete its consumers', async () => {
    const appId = await resultOf('apps create --name Feed');
    const ids: string[] = [];
    for (const username of ['ada', 'bob']) {
      const data = { ...loginData, username };
      ids.push((await app.call('events.publish', { appId, event: 'user.login', data })).id);
    }
    expect(await resultOf(`feed consumers --app ${appId}`)).toBe('no consumers');
    const read = await tocsin(`feed read --app ${appId} --type user.* --limit 1 --wait-ms 5000`);
    expect(read.stdout).toMatch(new RegExp(`^ID .*\n${ids[0]} +user.login`));
    const [, cursor = ''] = /1 event; there are more: --after (\w+)/.exec(read.output) ?? [];
    expect(await resultOf(`feed commit --app ${appId} --consumer billing --cursor ${cursor} --yes`)).toBe(
      `billing continues after ${cursor}`,
    );
    expect(await jsonOf(`feed read --app ${appId} --consumer billing`)).toMatchObject({
      items: [{ id: ids[1], type: 'user.login', data: { username: 'bob' } }],
      hasMore: false,
    });
    expect(await resultOf(`feed consumers --app ${appId}`)).toMatch(/^CONSUMER.*\nbilling /);
    const asked = await tocsin(`feed delete-consumer --app ${appId} --consumer billing`);
    expect(asked.output).toContain('--yes: is required without a terminal');
    await resultOf(`feed delete-consumer --app ${appId} --consumer billing --yes`);
    expect(await resultOf(`feed consumers --app ${appId}`)).toBe('no consumers');
  });

  it('list, rotate and revoke keys', async () => {
    const key = await resultOf('keys create --name Reader --scope events:read --scope deliveries:read');
    const { items } = await app.call('keys.list', {});
    const id = items.find(({ name }) => name === 'Reader')?.id ?? '';
    expect(await resultOf('keys list')).toMatch(new RegExp(`${id} +Reader +${key.slice(0, 10)}… +valid`));
    const rotated = await resultOf(`keys rotate ${id}`);
    expect([rotated, rotated === key]).toEqual([expect.stringMatching(/^tsk_\w+$/), false]);
    expect(await resultOf(`keys revoke ${id} --yes`)).toBe(`revoked ${id}`);
    expect((await app.trpc('deliveries.list', {}, { token: rotated })).status).toBe(401);
  });

  it('show and change the limits of an account', async () => {
    const id = await resultOf('accounts create --name Acme');
    expect(await resultOf('accounts list --all')).toContain(id);
    expect(await resultOf(`accounts set-limits ${id} --apps 3 --keys unlimited`)).toMatch(/apps +0 +3 +\d+/);
    expect(await resultOf(`accounts set-limits ${id} --apps default`)).not.toMatch(/apps +0 +3 /);
    expect((await tocsin(`accounts set-limits ${id} --apps x`)).output).toMatch(
      /^--apps: must be "unlimited"/,
    );
  });
});

describe('lists', () => {
  it('have a cursor, and with --all every item: as a table, or as one JSON object a line', async () => {
    const appIds = await Promise.all(['One', 'Two', 'Three'].map(async () => await app.createApp()));
    const first = await tocsin('apps list --limit 2');
    expect(first.stdout.split('\n')).toHaveLength(4);
    const cursor = /add --cursor (\S+), or --all/.exec(first.output)?.[1] ?? '';
    expect(await jsonOf(`apps list --limit 1 --cursor ${cursor}`)).toEqual({
      items: [expect.objectContaining({ name: expect.any(String) as string })],
      nextCursor: expect.any(String) as string,
    });
    const lines = (await resultOf('apps list --all --limit 1 --json')).split('\n');
    const found = lines.map((line) => (JSON.parse(line) as { readonly id: string }).id);
    expect(found).toEqual(expect.arrayContaining(appIds));
    const table = await resultOf('apps list --all --limit 1');
    expect(table.match(/^ID/gm)).toHaveLength(1);
    expect(table.split('\n')).toHaveLength(lines.length + 1);
  });

  it('show event types, and get the JSON of one', async () => {
    expect(await resultOf('event-types list --prefix user. --origin built_in')).toMatch(
      /^TYPE [^]*\nuser\.login /,
    );
    expect(await jsonOf('event-types get user.login')).toMatchObject({ type: 'user.login', versions: [1] });
    expect((await tocsin('event-types delete user.login --yes')).ended).toBe(1);
    expect(await resultOf('audit-log list --limit 1')).toMatch(/^AT /);
  });

  it('export the audit log as CSV with its filters', async () => {
    const appId = await resultOf('apps create --name', ['=1+1, "Shop"']);
    await app.createApp();
    const lines = (await resultOf(`audit-log list --app ${appId} --limit 1 --csv`)).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^at,action,actor_kind,/),
      expect.stringContaining(`,${appId},"'=1+1, ""Shop""",`),
    ]);
    expect((await tocsin('audit-log list --csv --json')).output).toMatch(/either --csv or --json/);
  });
});

describe('a payload', () => {
  it.each([
    ['{', '--data: is not valid JSON'],
    ['@./no-such-file.json', '--data: cannot read ./no-such-file.json (ENOENT)'],
    ['[]', '--data: must be an object, not an array'],
    ['{"userId":1}', 'data.userId: must be a string'],
  ])('%s is rejected', async (data, message) => {
    const appId = await app.createApp();
    const run = await tocsin(`events publish --app ${appId} --type user.login --data`, [data]);
    expect([run.ended, run.output]).toEqual([expect.any(Number), expect.stringContaining(message)]);
    expect(run.ended).not.toBe(0);
  });
});

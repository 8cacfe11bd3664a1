import { describe, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { subscribe } from '../../support/publishing.ts';
import { runCommandLineHere } from '../../support/run-command.ts';

const app = useTestApp();
const receiver = useReceiver();

const trigger = async (words: readonly string[], token = app.rootToken) =>
  await runCommandLineHere(['trigger', ...words], { env: { TOCSIN_URL: app.url, TOCSIN_TOKEN: token } });

/** The data that would be published. */
const dataOf = async (words: readonly string[]): Promise<unknown> => {
  const run = await trigger([...words, '--dry-run', '--json']);
  expect(run).toMatchObject({ ended: 0 });
  return JSON.parse(run.stdout);
};

const exampleOf = async (type: string) => (await app.call('eventTypes.get', { type })).example;

/** Registers an event type of the account with objects, lists, numbers and text. */
async function registerOrder(accountId?: string): Promise<string> {
  const type = 'order.placed';
  const schema = {
    type: 'object',
    properties: {
      orderId: { type: 'string' },
      total: { type: 'number' },
      isGift: { type: 'boolean' },
      user: { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer' } } },
      items: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } },
      note: { type: ['string', 'null'] },
    },
    required: ['orderId', 'total', 'user'],
  };
  const example = { orderId: 'o_1', total: 9.5, user: { name: 'Ann' }, items: [{ sku: 'a' }], note: 'x' };
  await app.call('eventTypes.register', {
    ...(accountId === undefined ? {} : { accountId }),
    eventTypes: [{ type, description: 'An order was placed.', schema, example }],
  });
  return type;
}

describe('tocsin trigger', () => {
  it('publishes the example of a built-in type, with values, and says where it goes', async () => {
    const { appId, webhookId } = await subscribe(app, receiver.url);
    const run = await trigger(['user.login', '--app', appId, '--set', 'username=01234']);
    expect(run).toMatchObject({ ended: 0, stdout: expect.stringMatching(/^evt_\w+\n$/) as string });
    expect(run.output).toContain(`published user.login to 1 webhook of ${appId}\n`);
    expect(run.output).toMatch(new RegExp(`^ {2}${webhookId}  \\w+  ${receiver.url}$`, 'm'));
    const { data } = await app.call('events.get', { id: run.stdout.trim() });
    expect(data).toEqual({ ...(await exampleOf('user.login')), username: '01234', appId });
  });

  it('fills in the app, and publishes several', async () => {
    const appId = await app.createApp();
    const run = await trigger(['license.revoked', '--app', appId, '--times', '5', '--json']);
    const published = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(new Set(published.map(({ id }) => id)).size).toBe(5);
    expect(published[0]).toMatchObject({ type: 'license.revoked', appId, deliveries: 0 });
    expect((await app.call('events.list', { appId })).items).toHaveLength(5);
  });

  it('sets fields of a registered type by path: text stays text, other fields take JSON', async () => {
    const type = await registerOrder();
    const appId = await app.createApp();
    const words = [type, '--app', appId];
    const example = await exampleOf(type);
    expect(await dataOf(words)).toEqual(example);
    expect(
      await dataOf([
        ...words,
        ...['orderId=7', 'total=3', 'isGift=true', 'user.name=B=C', 'user.age=30', 'items.0.sku=9'].flatMap(
          (text) => ['--set', text],
        ),
        '--set',
        'items.1.sku=b',
        '--set',
        'extra.a\\.b=[1]',
        '--set-json',
        'note=null',
      ]),
    ).toEqual({
      orderId: '7',
      total: 3,
      isGift: true,
      user: { name: 'B=C', age: 30 },
      items: [{ sku: '9' }, { sku: 'b' }],
      extra: { 'a.b': [1] },
      note: null,
    });
    const { note: _note, ...rest } = example;
    expect(await dataOf([...words, '--unset', 'note', '--unset', 'nothing.here'])).toEqual(rest);
    const hostile = await dataOf([...words, '--set', '__proto__.polluted=1']);
    expect([JSON.stringify(hostile), Reflect.get({}, 'polluted')]).toEqual([
      expect.stringContaining('"__proto__":{"polluted":1}'),
      undefined,
    ]);
  });

  it('finds the types of the account of the app, and needs no more than the right to publish', async () => {
    const accountId = await app.createAccount();
    const type = await registerOrder(accountId);
    const appId = await app.createApp({ accountId });
    expect((await trigger([type, '--app', appId])).ended).toBe(0);
    const { key } = await app.createKey({ accountId, scopes: ['events:publish'] });
    const run = await trigger([type, '--app', appId], key);
    expect(run).toMatchObject({ ended: 0, output: expect.stringContaining('to 0 webhooks') as string });
  });

  it('shows the errors of the server by field', async () => {
    const type = await registerOrder();
    const words = [type, '--app', await app.createApp(), '--set-json', 'user.name=5', '--set', 'total=x'];
    const run = await trigger(words);
    expect(run).toMatchObject({ ended: 1, stdout: '' });
    expect(run.output).toMatch(/^data\.total: .*$/m);
    expect(run.output).toMatch(/^data\.user\.name: .*$/m);
  });

  it.each([
    [['user.bann', '--app', 'APP'], /^unknown event type "user\.bann"; did you mean user\.ban\b/],
    [['nothing.like_it', '--app', 'APP'], /^unknown event type .*tocsin event-types list/],
    [['Not A Type', '--app', 'APP'], /^unknown event type "Not A Type"/],
    [['user.ban'], /^--app: is required/],
    [['--app', 'APP'], /^<type> is required/],
    [['user.ban', '--app', 'APP', '--set', 'novalue'], /^--set: must be a path and a value/],
    [['user.ban', '--app', 'APP', '--set', 'reason.x=1'], /^--set: reason\.x leads through reason/],
    [['user.ban', '--app', 'APP', '--set', 'a..b=1'], /^--set: "a\.\.b" is not a path/],
    [['user.ban', '--app', 'APP', '--set-json', 'reason=x'], /^--set-json: the value of reason is not/],
    [['user.ban', '--app', 'APP', '--times', '0'], /^--times: must be/],
  ])('rejects %j with 2', async (words, text) => {
    const appId = await app.createApp();
    const run = await trigger(words.map((word) => (word === 'APP' ? appId : word)));
    expect([run.ended, run.output]).toEqual([2, expect.stringMatching(text)]);
  });
});

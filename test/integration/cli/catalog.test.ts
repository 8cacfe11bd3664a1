import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../../server/src/cli/check.ts';
import { push } from '../../../server/src/cli/push.ts';
import { catalogText, createCatalogFolder, type CatalogFolder } from '../../support/catalog-folder.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { runCommand } from '../../support/run-command.ts';

const app = useTestApp();
let folder: CatalogFolder;

beforeAll(async () => {
  folder = await createCatalogFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const environment = () => ({ TOCSIN_URL: app.url, TOCSIN_TOKEN: app.rootToken });
const runPush = async (...args: readonly string[]) => await runCommand(push, args, environment());
const runCheck = async (...args: readonly string[]) => await runCommand(check, args, environment());

/** Creates an app with a webhook for each list of events. */
async function createWebhooks(...selections: readonly (readonly string[])[]): Promise<readonly string[]> {
  const appId = `app_${randomBytes(4).toString('hex')}`;
  await app.trpc('apps.create', { id: appId, name: 'Shop' });
  const created: string[] = [];
  for (const events of selections) {
    const { data } = await app.trpc('webhooks.create', { appId, url: 'http://127.0.0.1:9/', events });
    created.push(data?.id ?? '');
  }
  return created;
}

describe('tocsin push', () => {
  it('registers, changes nothing again, and refuses a breaking change without a new version', async () => {
    const file = await folder.write('push-1.ts', catalogText({ type: 'push.paid' }));
    expect(await runPush(file)).toMatchObject({
      ended: 0,
      text: 'push.paid: created (version 1)\n1 event type: 1 changed',
    });
    expect(await runPush(file)).toMatchObject({ ended: 0, text: '1 event type: 0 changed' });

    const fields = 'invoiceId: z.string().nullable()';
    const breaking = await folder.write('push-2.ts', catalogText({ type: 'push.paid', fields }));
    const [webhookId] = await createWebhooks(['push.*'], ['user.login']);
    const refused = await runPush(breaking);
    expect([refused.ended, refused.text.split('\n'), refused.progress]).toEqual([
      1,
      [
        'push.paid: breaking for receivers',
        '  data.invoiceId: may now contain null (type)',
        expect.stringMatching(`^  webhook ${webhookId} of app app_\\w+ receives it through "push\\.\\*"$`),
        '1 event type: 1 breaking',
      ],
      ['nothing was registered; raise the version of these event types'],
    ]);

    const raised = await folder.write('push-3.ts', catalogText({ type: 'push.paid', fields, version: 2 }));
    expect(await runPush(raised)).toMatchObject({
      ended: 0,
      text: 'push.paid: new version (version 2)\n1 event type: 1 changed',
    });
    // The older version still exists.
    expect(await runPush(file)).toMatchObject({ ended: 0, text: '1 event type: 0 changed' });
  });

  it('registers in several calls, and reports what the server rejects in each', async () => {
    const head = catalogText({ type: 'many.first' });
    const many = `${head}
      const define = (names, pattern) => defineCatalog(Object.fromEntries(names.map((name) => [name, {
        description: 'An event.', schema: z.object({ id: z.string().regex(pattern).optional() }), example: {},
      }])));
      const names = Array.from({ length: 200 }, (_, n) => 'many.e' + n);
      export const b = define(names.slice(0, 199), /a/);
      export const c = define(names.slice(199), /a{5000}/);
    `;
    const run = await runPush(await folder.write('many.ts', many));
    expect(run.progress).toContain('200 of 201 event types sent');
    expect(run.text).toContain('200 event types: 200 changed');
    expect([run.ended, run.progress.at(-1)]).toEqual([1, expect.stringContaining('many.e199')]);
  });

  it('needs a key with the scope, and one of the account options', async () => {
    const file = await folder.write('scope.ts', catalogText({ type: 'scope.paid' }));
    const { data } = await app.trpc('keys.create', { name: 'Reader', scopes: ['events:read'] });
    const token = data?.key ?? '';
    const denied = await runCommand(push, [file], { TOCSIN_URL: app.url, TOCSIN_TOKEN: token });
    expect(denied.ended).toContain('catalog:write');
    expect((await runPush(file, '--account', 'acc_1', '--all-accounts')).ended).toMatch(
      /^UsageError: --account/,
    );
  });

  it('says that downcast functions are not registered', async () => {
    const text = catalogText({ type: 'down.paid', version: 2 }).replace(
      'example:',
      'downcast: { 1: (data) => data }, example:',
    );
    const run = await runPush(await folder.write('down.ts', text));
    expect([run.ended, run.progress]).toEqual([
      0,
      ['downcast functions are not registered: down.paid. Start the server with this catalog to use them'],
    ]);
  });
});

describe('tocsin check', () => {
  it('compares with the version that the catalog has, and names all webhooks', async () => {
    await runPush(await folder.write('check-1.ts', catalogText({ type: 'check.paid' })));
    const fields = "invoiceId: z.string(), currency: z.enum(['EUR'])";
    const example = "invoiceId: 'inv_1', currency: 'EUR'";
    const second = { type: 'check.paid', version: 2, fields, example };
    await runPush(await folder.write('check-2.ts', catalogText(second)));
    const [exact, all] = await createWebhooks(['check.paid'], ['*'], ['license.*']);
    const appId = 'app_pinned';
    await app.trpc('apps.create', { id: appId, name: 'Pinned' });
    const pin = { events: ['check.paid'], eventVersions: { 'check.paid': 1 } };
    await app.trpc('webhooks.create', { appId, url: 'http://127.0.0.1:9/', ...pin });

    const wider = { ...second, fields: fields.replace("'EUR'", "'EUR', 'USD'") };
    const run = await runCheck(await folder.write('check-3.ts', catalogText(wider)));
    expect(run).toMatchObject({
      ended: 1,
      value: {
        isCompatible: false,
        events: [
          {
            type: 'check.paid',
            verdict: 'breaking',
            versionBefore: 2,
            isBreakingForReceivers: true,
            isBreakingForPublishers: false,
            differences: [{ path: 'data.currency', rule: 'enum', message: 'may now contain "USD"' }],
          },
        ],
      },
    });
    expect(run.text).toContain(`webhook ${exact} of app`);
    expect(run.text).toContain(`webhook ${all} of app`);
    expect(run.text).not.toContain('license');
    // It gets version 1, which does not change.
    expect(run.text).not.toContain(appId);
    // Version 1 is still there.
    expect((await runCheck(`${folder.path}/check-1.ts`)).text).toContain('check.paid: unchanged');
  });

  it('compares without the names of webhooks if the key may not read them', async () => {
    await runPush(await folder.write('narrow-1.ts', catalogText({ type: 'narrow.paid' })));
    const fields = 'invoiceId: z.string().nullable()';
    const file = await folder.write('narrow-2.ts', catalogText({ type: 'narrow.paid', fields }));
    const { key } = await app.createKey({ scopes: ['events:read'] });
    const run = await runCommand(check, [file], { TOCSIN_URL: app.url, TOCSIN_TOKEN: key });
    expect([run.ended, run.progress]).toEqual([1, [expect.stringContaining('are not named')]]);
  });

  it('refuses the names of built-in event types', async () => {
    const file = await folder.write('built-in.ts', catalogText({ type: 'user.login' }));
    expect((await runCheck(file)).ended).toContain(
      'user.login is a built-in event type; choose another name',
    );
  });

  it('says that the server is away', async () => {
    const file = await folder.write('away.ts', catalogText());
    const away = await runCommand(check, [file], { TOCSIN_URL: 'http://127.0.0.1:9', TOCSIN_TOKEN: 'x' });
    expect(away.ended).toMatch(/Error/);
  });
});

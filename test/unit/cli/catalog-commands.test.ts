import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../../server/src/cli/check.ts';
import { types } from '../../../server/src/cli/types.ts';
import { catalogText, createCatalogFolder, type CatalogFolder } from '../../support/catalog-folder.ts';
import { runCommand } from '../../support/run-command.ts';

let folder: CatalogFolder;

beforeAll(async () => {
  folder = await createCatalogFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe('tocsin check --snapshot', () => {
  const run = async (...args: readonly string[]) => await runCommand(check, args);

  it('returns 0 for compatible changes and 1 for breaking ones, without a server', async () => {
    const snapshot = `${folder.path}/snapshot.json`;
    const before = await folder.write('before.ts', catalogText());
    expect(await run(before, '--write-snapshot', snapshot)).toMatchObject({
      ended: 0,
      text: `wrote 1 event type to ${snapshot}`,
    });
    expect(await run('--snapshot', snapshot, before)).toMatchObject({
      ended: 0,
      text: 'invoice.paid: unchanged\n1 event type: 1 unchanged',
    });

    const nullable = 'invoiceId: z.string().nullable()';
    const breaking = await folder.write('breaking.ts', catalogText({ fields: nullable }));
    const refused = await run(breaking, '--snapshot', snapshot, '--write-snapshot', snapshot);
    expect([refused.ended, refused.text.split('\n'), refused.progress]).toEqual([
      1,
      [
        'invoice.paid: breaking for receivers',
        '  data.invoiceId: may now contain null (type)',
        '1 event type: 1 breaking',
      ],
      // A breaking change does not replace the snapshot.
      [],
    ]);

    const raised = await folder.write('raised.ts', catalogText({ fields: nullable, version: 2 }));
    const accepted = await run(raised, '--snapshot', snapshot, '--write-snapshot', snapshot);
    expect(accepted).toMatchObject({
      ended: 0,
      value: {
        isCompatible: true,
        events: [
          { type: 'invoice.paid', verdict: 'new version', versionBefore: 1, version: 2, webhooks: null },
        ],
      },
    });
    expect((await run(raised, '--snapshot', snapshot)).text).toContain('invoice.paid: unchanged');
  });

  it('reports an event type that is no longer in the catalog', async () => {
    const snapshot = `${folder.path}/two.json`;
    const both = await folder.write(
      'both.ts',
      `${catalogText()}\n${catalogText({ name: 'b', type: 'coupon.moved' }).replaceAll(/import .*;/g, '')}`,
    );
    const one = await folder.write('one.ts', catalogText());
    await run(both, '--write-snapshot', snapshot);
    expect(await run(one, '--snapshot', snapshot)).toMatchObject({
      ended: 1,
      text: expect.stringContaining('coupon.moved: removed, breaking for receivers and publishers') as string,
    });
  });

  it('says why it cannot check', async () => {
    const catalog = await folder.write('unchecked.ts', catalogText());
    const wrong = await folder.write('wrong.json', '{');
    const gone = `${folder.path}/gone.json`;
    expect((await run(catalog, '--snapshot', gone)).ended).toMatch(
      /^Error: --snapshot: cannot read .*ENOENT.*Write it with --write-snapshot/,
    );
    expect((await run(catalog, '--snapshot', wrong)).ended).toContain('is no snapshot: it is not valid JSON');
    expect((await run('--snapshot', wrong)).ended).toMatch(/^UsageError: <catalog> is required/);
  });
});

describe('tocsin types', () => {
  const run = async (...args: readonly string[]) => await runCommand(types, args);

  it('prints, writes and compares the types of a catalog', async () => {
    const catalog = await folder.write('types.ts', catalogText());
    expect((await run(catalog, '--name', 'Acme')).text).toContain('export interface Acme {');

    const out = `${folder.path}/acme-types.ts`;
    const compare = async (file: string) => await run(file, '--out', out, '--check');
    expect(await compare(catalog)).toMatchObject({ ended: 1, text: `${out} is not current` });
    expect((await run(catalog, '--out', out)).text).toBe(`wrote 1 event type to ${out}`);
    const written = await folder.read('acme-types.ts');
    expect(written).toContain('invoiceId: string;');
    expect(await compare(catalog)).toMatchObject({ ended: 0, text: `${out} is current` });
    await folder.write('acme-types.ts', written.replaceAll('\n', '\r\n'));
    expect((await compare(catalog)).ended).toBe(0);

    await folder.write('acme-types.ts', written.replace('invoiceId: string', 'invoiceId: number'));
    expect(await compare(catalog)).toMatchObject({
      ended: 1,
      progress: [`run: tocsin types ${catalog} --out ${out}`],
    });
  });

  it.each([
    [['--check'], 'UsageError: --check needs --out: the file to compare'],
    [['--name', 'a b'], 'UsageError: --name: must be a name of TypeScript'],
  ])('rejects %j', async (args, message) => {
    expect((await run('./acme.ts', ...args)).ended).toBe(message);
  });
});

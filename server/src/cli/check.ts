import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { snapshotFromText, toSnapshotText, type CatalogSnapshot } from '@tocsin/shared';
import { compareCatalogs, isRefused } from '../catalog/compare-catalogs.ts';
import { toSnapshot } from '../catalog/describe-events.ts';
import { loadCatalogs } from '../catalog/load-catalogs.ts';
import { accountOption, catalogOperands } from './catalog-operands.ts';
import { toReport, type CheckedEvent } from './check-report.ts';
import { exitCode, type Context } from './command.ts';
import { defineCommand } from './define-command.ts';
import { serverDetails, serverOptions, withClient } from './connect.ts';
import { toCount } from './count.ts';
import { compareWithServer } from './registered-types.ts';

export const check = defineCommand({
  details:
    `${serverDetails} With --snapshot, it compares with a file and calls no server.\n` +
    'Exit codes: 0 nothing breaks, 1 a change breaks receivers or publishers and has no new version, 2 the\n' +
    'catalog could not be checked. See docs/event-compatibility.md.',
  examples: [
    './acme-events.ts',
    './acme-events.ts --snapshot tocsin-events.json',
    './acme-events.ts --write-snapshot tocsin-events.json',
  ],
  operands: catalogOperands,
  failureCode: exitCode.unchecked,
  options: {
    snapshot: { type: 'string', value: 'file', summary: 'compare with this snapshot instead of a server' },
    'write-snapshot': {
      type: 'string',
      value: 'file',
      summary: 'write the catalog as a snapshot; with --snapshot, only if nothing breaks',
    },
    account: accountOption,
    ...serverOptions,
  },
  async run({ snapshot, 'write-snapshot': target, account, url }, context, specifiers) {
    const catalog = toSnapshot(await loadCatalogs(specifiers, process.cwd()));
    if (snapshot === undefined && target !== undefined && url === undefined) {
      await writeSnapshot(target, catalog);
      context.result(
        { file: target },
        `wrote ${toCount(catalog.eventTypes.length, 'event type')} to ${target}`,
      );
      return exitCode.ok;
    }
    const events = await checkCatalog(catalog, { snapshot, url, account, context });
    const isCompatible = !events.some(isRefused);
    if (target !== undefined && isCompatible) {
      await writeSnapshot(target, catalog);
      context.progress(`wrote ${toCount(catalog.eventTypes.length, 'event type')} to ${target}`);
    }
    context.result({ isCompatible, events }, toReport(events));
    return isCompatible ? exitCode.ok : exitCode.breaking;
  },
});

interface Baseline {
  readonly snapshot: string | undefined;
  readonly url: string | undefined;
  readonly account: string | undefined;
  readonly context: Context;
}

async function checkCatalog(
  catalog: CatalogSnapshot,
  { snapshot, url, account, context }: Baseline,
): Promise<readonly CheckedEvent[]> {
  if (snapshot !== undefined) {
    const before = await readSnapshot(snapshot);
    return compareCatalogs(before, catalog, { isWhole: true }).map((event) => ({ ...event, webhooks: null }));
  }
  return await withClient(
    context,
    url,
    async (client) =>
      await compareWithServer(client, catalog, {
        accountId: account,
        progress: context.progress,
      }),
  );
}

async function writeSnapshot(path: string, snapshot: CatalogSnapshot): Promise<void> {
  await writeFile(resolve(path), toSnapshotText(snapshot));
}

async function readSnapshot(path: string): Promise<CatalogSnapshot> {
  let text: string;
  try {
    text = await readFile(resolve(path), 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`--snapshot: cannot read ${path}: ${reason}. Write it with --write-snapshot ${path}`, {
      cause: error,
    });
  }
  try {
    return snapshotFromText(text);
  } catch (error) {
    throw new Error(
      `--snapshot: ${path} is no snapshot: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

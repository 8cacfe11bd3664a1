import {
  eventPresentation,
  type EventTypeRegistration,
  type RegisteredEventTypes,
  type SnapshotEventType,
} from '@tocsin/shared';
import { isRefused } from '../catalog/compare-catalogs.ts';
import { toSnapshot } from '../catalog/describe-events.ts';
import { loadCatalogs, type LoadedCatalog } from '../catalog/load-catalogs.ts';
import { accountOption, catalogOperands } from './catalog-operands.ts';
import { toReport } from './check-report.ts';
import { exitCode, UsageError, type Context } from './command.ts';
import { defineCommand } from './define-command.ts';
import { serverDetails, serverOptions, withClient } from './connect.ts';
import { toCount } from './count.ts';
import { compareWithServer, type RegistryClient } from './registered-types.ts';

/** Most event types of one call. */
const maxBatch = 200;

/** Most JSON of one call, in bytes. The server accepts bodies of 512 KiB. */
const maxBatchBytes = 400_000;

type Result = RegisteredEventTypes['eventTypes'][number];

export const push = defineCommand({
  details:
    `${serverDetails} The key needs the scope catalog:write.\n` +
    'Registers nothing if a change breaks receivers or publishers without a higher version. Event types that are\n' +
    'registered already and did not change stay as they are, so it can be run again at any time.',
  examples: ['./acme-events.ts', './acme-events.ts --account acc_acme', './acme-events.ts --all-accounts'],
  operands: catalogOperands,
  options: {
    account: accountOption,
    'all-accounts': { type: 'boolean', summary: 'register for all accounts; needs the root token' },
    ...serverOptions,
  },
  async run({ account, 'all-accounts': isForAll = false, url }, context, specifiers) {
    if (isForAll && account !== undefined)
      throw new UsageError('--account and --all-accounts exclude each other');
    const catalog = await loadCatalogs(specifiers, process.cwd());
    const snapshot = toSnapshot(catalog);
    return await withClient(context, url, async (client) => {
      const compared = await compareWithServer(client, snapshot, {
        accountId: account,
        progress: context.progress,
      });
      const refused = compared.filter(isRefused);
      if (refused.length > 0) {
        context.progress('nothing was registered; raise the version of these event types');
        context.result({ eventTypes: [], refused }, toReport(refused));
        return exitCode.breaking;
      }
      warnAboutDowncasts(catalog, context);
      const registrations = snapshot.eventTypes.map((eventType) => toRegistration(eventType, catalog));
      const accountId = isForAll ? null : account;
      return await registerAll(client, { registrations, accountId, context });
    });
  },
});

interface Work {
  readonly registrations: readonly EventTypeRegistration[];
  readonly accountId: string | null | undefined;
  readonly context: Context;
}

/** Registers in batches. A batch that the server rejects does not keep the others from being registered. */
async function registerAll(
  { eventTypes }: RegistryClient,
  { registrations, accountId, context }: Work,
): Promise<number> {
  const results: Result[] = [];
  const problems: string[] = [];
  let sent = 0;
  for (const batch of toBatches(registrations)) {
    try {
      const registered = await eventTypes.register.mutate({ accountId, eventTypes: [...batch] });
      results.push(...registered.eventTypes);
    } catch (error) {
      // Other errors, such as a missing scope, concern all batches.
      if (!isInvalidInput(error)) throw error;
      problems.push(error.message);
    }
    sent += batch.length;
    if (sent < registrations.length) context.progress(`${sent} of ${registrations.length} event types sent`);
  }
  for (const problem of problems) context.progress(problem);
  context.result({ eventTypes: results, refused: [], problems }, toText(results));
  return problems.length === 0 ? exitCode.ok : exitCode.failed;
}

function toText(results: readonly Result[]): string {
  const changed = results.filter(({ result }) => result !== 'unchanged');
  const lines = changed.map(
    ({ type, version, result }) => `${type}: ${result.replaceAll('_', ' ')} (version ${version})`,
  );
  return [...lines, `${toCount(results.length, 'event type')}: ${changed.length} changed`].join('\n');
}

function toBatches(
  registrations: readonly EventTypeRegistration[],
): readonly (readonly EventTypeRegistration[])[] {
  const batches: EventTypeRegistration[][] = [];
  let bytes = Infinity;
  for (const registration of registrations) {
    const size = Buffer.byteLength(JSON.stringify(registration));
    const last = batches.at(-1);
    if (last === undefined || last.length >= maxBatch || bytes + size > maxBatchBytes) {
      batches.push([registration]);
      bytes = size;
    } else {
      last.push(registration);
      bytes += size;
    }
  }
  return batches;
}

function toRegistration(
  { type, version, description, schema, example }: SnapshotEventType,
  catalog: LoadedCatalog,
): EventTypeRegistration {
  const presentation = eventPresentation.safeParse(catalog.definitions[type]?.presentation);
  return {
    type,
    version,
    description,
    schema,
    example,
    ...(presentation.success ? { presentation: presentation.data } : {}),
  };
}

/** Functions cannot be registered, so a server has to load the catalog itself to call them. */
function warnAboutDowncasts({ definitions }: LoadedCatalog, { progress }: Context): void {
  const types = Object.entries(definitions)
    .filter(([, { downcast }]) => Object.keys(downcast).length > 0)
    .map(([type]) => type);
  if (types.length === 0) return;
  progress(
    `downcast functions are not registered: ${types.join(', ')}. Start the server with this catalog to use them`,
  );
}

function isInvalidInput(error: unknown): error is Error {
  return error instanceof Error && Reflect.get(error, 'code') === 'INVALID_INPUT';
}

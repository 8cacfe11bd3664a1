import { appId as appIdSchema, findNearNames, type EventTypeDetail } from '@tocsin/shared';
import { exitCode, UsageError, type Context } from '../command.ts';
import { serverDetails, serverOptions, withClient, type CliClient } from '../connect.ts';
import { defineCommand } from '../define-command.ts';
import { toCount } from '../count.ts';
import { findErrorCode, isDenied } from '../error-code.ts';
import { toHint } from '../parser.ts';
import { applyChanges } from './data-path.ts';
import { parseChanges, type ChangeOptions } from './parse-changes.ts';

const maxTimes = 1_000;

const options = {
  app: { type: 'string', value: 'id', summary: 'app that the event belongs to (required)' },
  set: {
    type: 'string',
    multiple: true,
    value: 'path=value',
    summary: 'value of a field, such as user.name=Ann or items.0.price=5; repeatable',
  },
  'set-json': {
    type: 'string',
    multiple: true,
    value: 'path=json',
    summary: 'the same with JSON, also for a field of text; repeatable',
  },
  unset: { type: 'string', multiple: true, value: 'path', summary: 'leave a field out; repeatable' },
  times: {
    type: 'string',
    value: 'number',
    summary: `how many events to publish, 1 to ${maxTimes} (default: 1)`,
  },
  'dry-run': { type: 'boolean', summary: 'print the data as JSON and publish nothing' },
  ...serverOptions,
} as const;

export const trigger = defineCommand({
  details:
    'Publishes the example of the catalog, of a built-in event type or one of your own, with the given values. Prints\n' +
    `the id of each event; standard error has its webhooks. ${serverDetails}`,
  examples: [
    'license.revoked --app app_shop',
    'license.revoked --app app_shop --set licenseKey=ABCD-1234 --times 5',
    'invoice.paid --app app_shop --set user.name=Ann --set-json \'tags=["a"]\' --unset note',
  ],
  operands: { value: 'type', summary: 'event type, such as license.revoked' },
  options,
  async run(values, context, [type = '']) {
    const appId = toAppId(values.app);
    const times = toTimes(values.times);
    return await withClient(context, values.url, async (client) => {
      const accountId = await findAccount(client, appId);
      const eventType = await getEventType(client, type, accountId);
      const data = toData(eventType, appId, values);
      if (values['dry-run'] === true) {
        context.result(data, JSON.stringify(data, undefined, 2));
        return exitCode.ok;
      }
      return await publishAll(client, { appId, type, data, times }, context);
    });
  },
});

/** The operator's own account is not that of the app. Undefined for a key that may not read apps. */
async function findAccount(client: CliClient, appId: string): Promise<string | undefined> {
  try {
    return (await client.apps.get.query({ id: appId })).accountId;
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

async function getEventType(
  client: CliClient,
  type: string,
  accountId: string | undefined,
): Promise<Pick<EventTypeDetail, 'example' | 'schema'>> {
  const account = accountId === undefined ? {} : { accountId };
  try {
    return await client.eventTypes.get.query({ ...account, type });
  } catch (error) {
    if (!['NOT_FOUND', 'UNKNOWN_EVENT', 'INVALID_INPUT'].includes(findErrorCode(error) ?? '')) throw error;
    const known: string[] = [];
    for await (const item of client.eventTypes.list.iterate({ ...account, limit: 200 })) {
      if (item.subscribable) known.push(item.type);
    }
    const hint = toHint(findNearNames(type, known));
    throw new UsageError(
      `unknown event type ${JSON.stringify(type.slice(0, 100))}${hint === '' ? '; "tocsin event-types list" lists all' : hint}`,
    );
  }
}

/** The example, for this app, with the changes. */
function toData(
  { example, schema }: Pick<EventTypeDetail, 'example' | 'schema'>,
  appId: string,
  values: ChangeOptions,
): Readonly<Record<string, unknown>> {
  // The server requires the app of the call.
  const own = Object.hasOwn(example, 'appId') ? { ...example, appId } : example;
  return applyChanges(own, parseChanges(values, { example: own, schema }));
}

interface Publication {
  readonly appId: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly times: number;
}

async function publishAll(
  client: CliClient,
  { appId, type, data, times }: Publication,
  context: Context,
): Promise<number> {
  const published = await Promise.all(
    Array.from({ length: times }, async () => await client.publish(type, { appId, data })),
  ).catch((error: unknown) => {
    throw nameFields(error);
  });
  const [first] = published;
  for (const { id, deliveries } of published) context.result({ id, type, appId, deliveries }, id);
  if (first === undefined) return exitCode.ok;
  context.progress(`published ${type} to ${toCount(first.deliveries, 'webhook')} of ${appId}`);
  if (first.deliveries > 0) await nameWebhooks(client, first.id, context);
  return exitCode.ok;
}

/** Says where an event goes, if the key may read it. */
async function nameWebhooks(client: CliClient, id: string, { progress }: Context): Promise<void> {
  try {
    const { verdicts } = await client.events.explain.query({ id });
    for (const { webhookId, url, verdict, deliveryId } of verdicts) {
      if (deliveryId !== null) progress(`  ${webhookId}  ${verdict}  ${url ?? ''}`.trimEnd());
    }
  } catch (error) {
    if (!isDenied(error)) throw error;
  }
}

/** The errors of the server, a line for each field. */
function nameFields(error: unknown): unknown {
  const problems: unknown = error instanceof Error ? Reflect.get(error, 'problems') : undefined;
  if (!(error instanceof Error) || !Array.isArray(problems) || problems.length === 0) return error;
  const lines = problems.map(({ path, message }: { readonly path: string; readonly message: string }) =>
    [path, message].filter((text) => text !== '').join(': '),
  );
  return Object.assign(new Error(lines.join('\n'), { cause: error }), { code: findErrorCode(error) });
}

function toAppId(text: string | undefined): string {
  if (text === undefined) throw new UsageError('--app: is required');
  const parsed = appIdSchema.safeParse(text);
  if (!parsed.success) throw new UsageError(`--app: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

function toTimes(text: string | undefined): number {
  const times = text === undefined ? 1 : /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (times >= 1 && times <= maxTimes) return times;
  throw new UsageError(`--times: must be a whole number from 1 to ${maxTimes}`);
}

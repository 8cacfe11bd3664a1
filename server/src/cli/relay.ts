import { setTimeout as wait } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { exitCode, UsageError, type Context } from './command.ts';
import { toCount } from './count.ts';
import { serverDetails, serverOptions, withClient, type CliClient } from './connect.ts';
import { defineCommand } from './define-command.ts';
import { serveMetrics, toMetricsAddress, type MetricsAddress } from './relay-metrics.ts';

const reportMs = 10_000;

export const relay = defineCommand({
  details:
    `Publishes the events that services write to an outbox in their own MongoDB. ${serverDetails}\n` +
    'Runs until Ctrl-C. Of several relays of one outbox, one publishes and the others stand by.\n' +
    'The URI names the database. Put one with a password into OUTBOX_MONGODB_URI.',
  examples: ['--uri mongodb://127.0.0.1:27017/shop?replicaSet=rs0', '--collection shop_outbox --once'],
  options: {
    uri: {
      type: 'string',
      value: 'uri',
      summary: 'MongoDB of the outbox, with its database (default: OUTBOX_MONGODB_URI)',
    },
    collection: {
      type: 'string',
      value: 'name',
      summary: 'collection of the outbox (default: tocsin_outbox)',
    },
    metrics: {
      type: 'string',
      value: 'host:port',
      summary: 'serve Prometheus metrics at /metrics of this address (default: do not)',
    },
    once: { type: 'boolean', summary: 'exit when the outbox is empty' },
    ...serverOptions,
  },
  async run({ uri, collection, metrics, once = false, url }, context) {
    const address = metrics === undefined ? undefined : toMetricsAddress(metrics);
    const mongo = new MongoClient(toOutboxUri(context, uri));
    try {
      return await withClient(context, url, (client) =>
        publishAll(client, mongo, { collection, isOnce: once, address }, context),
      );
    } finally {
      await mongo.close();
    }
  },
});

/** A password in an argument is visible to every user of the machine. */
function toOutboxUri({ env }: Pick<Context, 'env'>, option: string | undefined): string {
  const uri = option ?? env['OUTBOX_MONGODB_URI'] ?? '';
  if (uri === '') throw new UsageError('--uri: is required, or OUTBOX_MONGODB_URI');
  const [, userInfo, database] = /^mongodb(?:\+srv)?:\/\/(?:([^@/]*)@)?[^/]+\/([^/?]+)/.exec(uri) ?? [];
  if (database === undefined) {
    throw new UsageError('--uri: must name a database, such as mongodb://127.0.0.1:27017/shop');
  }
  if (option !== undefined && userInfo?.includes(':') === true) {
    throw new UsageError('--uri: has a password, which process lists show; put it into OUTBOX_MONGODB_URI');
  }
  return uri;
}

interface RelayInput {
  readonly collection: string | undefined;
  readonly isOnce: boolean;
  /** Where to serve metrics. */
  readonly address: MetricsAddress | undefined;
}

async function publishAll(
  client: CliClient,
  mongo: MongoClient,
  { collection, isOnce, address }: RelayInput,
  { interrupted, progress, result }: Context,
): Promise<number> {
  const { createOutbox, mongoOutboxStore } = await import('@tocsin/client/outbox');
  const log = (message: string) => progress(message.replace(/^outbox: /, ''));
  const outbox = createOutbox({
    client,
    store: mongoOutboxStore(mongo.db(), { collection }),
    logger: { warn: (_fields, message) => log(message) },
  });
  const started = outbox.relay();
  try {
    await using metrics =
      address === undefined ? undefined : await serveMetrics(address, () => outbox.metricsText());
    if (metrics !== undefined) progress(`metrics at http://${metrics.address}/metrics`);
    for (let checks = 0; !interrupted.aborted; checks++) {
      const { pending, setAside } = await outbox.stats();
      const { state, published } = started.counts;
      if (isOnce && pending === 0) break;
      if (!isOnce || checks > 0) {
        progress(`${state}: ${published} published, ${pending} pending, ${setAside} set aside`);
      }
      await wait(isOnce ? 500 : reportMs, undefined, { signal: interrupted }).catch(() => undefined);
    }
  } finally {
    await started.close();
  }
  const { published, setAside } = started.counts;
  result({ published, setAside }, `${toCount(published, 'event')} published, ${setAside} set aside`);
  return exitCode.ok;
}

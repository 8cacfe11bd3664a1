import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadOrCreateMongodCredentials } from '../../../server/src/embedded/mongod-credentials.ts';
import { toSystemLogin } from '../../../server/src/embedded/mongod-user.ts';
import { launchMongod, startMongod } from '../../../server/src/embedded/mongod.ts';
import { connectDirectly } from '../../../server/src/embedded/replica-set.ts';
import type { RunningMongod } from '../../../server/src/embedded/running-mongod.ts';
import { explainStartFailure } from '../../../server/src/startup/explain-start-failure.ts';
import { Connection } from '../../../server/src/store/mongo/connection.ts';
import { endWithParent } from '../../support/end-with-parent.ts';
import { findTestMongod, testMongodOptions } from '../../support/mongod.ts';
import { useTempFolder } from '../../support/temp-folder.ts';

const tls = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
const folder = useTempFolder();
const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) server.close();
});

/** Returns the port of a server that is closed after the tests. */
async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // a listening TCP server has one
}

/** A TLS server in front of no MongoDB: a client that accepts its certificate is disconnected. */
async function listenTls(certificate: string, options: TlsOptions = {}): Promise<number> {
  const [cert, key] = await Promise.all([readFile(tls(certificate)), readFile(tls('server.key'))]);
  const server = createTlsServer({ cert, key, ...options }, (socket) => socket.destroy());
  server.on('tlsClientError', () => undefined);
  return await listen(server);
}

/** The mongod of the run, whose replies to `hello` are changed on the way. Both texts have the same length. */
async function listenChanged(change: (reply: Buffer) => void): Promise<number> {
  const target = new URL(inject('mongoUri'));
  return await listen(
    createTcpServer((client) => {
      const mongod = connect(Number(target.port), target.hostname);
      client.pipe(mongod);
      mongod.on('data', (reply) => {
        change(reply);
        client.write(reply);
      });
      for (const socket of [client, mongod]) socket.on('error', () => undefined);
      client.on('close', () => mongod.destroy());
      mongod.on('close', () => client.destroy());
    }),
  );
}

/** Replaces a field's name by one that the driver does not know. */
const hide = (name: string) => (reply: Buffer) => {
  for (let at = reply.indexOf(`${name}\0`); at !== -1; at = reply.indexOf(`${name}\0`)) reply[at] = 0x58;
};

/** Replaces the value of an int32 field. */
const set = (name: string, value: number) => (reply: Buffer) => {
  const field = Buffer.from(`\u0010${name}\0`);
  for (let at = reply.indexOf(field); at !== -1; at = reply.indexOf(field, at + 1)) {
    reply.writeInt32LE(value, at + field.length);
  }
};

/** Returns what an operator reads who starts a server with this connection string. */
async function explain(uri: string): Promise<string> {
  const error: unknown = await (async () => {
    await using connection = await Connection.open({ uri, selectionMs: 2_000 });
    await connection.collections.apps.findOne();
    await connection.collections.changes.insertOne({} as never); // rejected before the document matters
    return new Error('it can be used');
  })().catch((failure: unknown) => failure);
  const text = explainStartFailure(error, { MONGODB_URI: uri });
  expect(text).not.toContain('\n');
  expect(text).not.toContain('planted');
  return text;
}

interface Case {
  readonly name: string;
  readonly uri: string | (() => Promise<string>);
  readonly sentence: RegExp;
}

/** Explains all cases at the same time, because the driver looks for a primary until its time limit. */
function describeFailures(title: string, cases: readonly Case[]): void {
  describe(`${title} is explained in one sentence`, () => {
    const texts = new Map<Case, string>();
    beforeAll(async () => {
      const explainCase = async (one: Case) =>
        texts.set(one, await explain(typeof one.uri === 'string' ? one.uri : await one.uri()));
      await Promise.all(cases.map(explainCase));
    });
    it.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
      expect(texts.get(one)).toMatch(one.sentence);
    });
  });
}

const invalidUri = /^MONGODB_URI is not a valid connection string;/;

describeFailures('a database that cannot be reached', [
  {
    name: 'nothing listens',
    uri: 'mongodb://u:planted1@127.0.0.1:1',
    sentence: /^no MongoDB listens at 127\.0\.0\.1:1; start it/,
  },
  {
    name: 'the host does not exist',
    uri: 'mongodb://u:planted1@tocsin.invalid',
    sentence: /^the name of tocsin\.invalid:27017 cannot be resolved; check the host in MONGODB_URI/,
  },
  {
    name: 'the SRV record does not exist',
    uri: 'mongodb+srv://u:planted1@tocsin.invalid',
    sentence: /^the DNS (has no SRV record for|does not answer the look-up of) tocsin\.invalid; check/,
  },
  {
    name: 'a slash in the password',
    uri: 'mongodb://u:pla/planted1@h',
    sentence: /^MONGODB_URI is not a valid connection string/,
  },
  { name: 'an at sign in the password', uri: 'mongodb://u:planted1@planted2@h', sentence: invalidUri },
  { name: 'a percent sign in the password', uri: 'mongodb://u:%planted1@h', sentence: invalidUri },
  { name: 'a port that is none', uri: 'mongodb://127.0.0.1:99999', sentence: invalidUri },
  {
    name: 'an unknown option',
    uri: 'mongodb://h/?foo=planted1',
    sentence: /\(option foo is not supported\); write it as mongodb:/,
  },
  { name: 'a value that no option has', uri: 'mongodb://h/?authMechanism=planted1', sentence: invalidUri },
  {
    name: 'a file that does not exist',
    uri: 'mongodb://h/?tls=true&tlsCAFile=/no/ca.pem',
    sentence: /^\/no\/ca\.pem does not exist/,
  },
  {
    name: 'a server that closes each connection',
    uri: async () => `mongodb://127.0.0.1:${await listen(createTcpServer((socket) => socket.destroy()))}`,
    sentence:
      /^127\.0\.0\.1:\d+ does not respond or closes the connection; .* add tls=true to MONGODB_URI if it requires TLS$/,
  },
]);

const authority = `tls=true&tlsCAFile=${encodeURIComponent(tls('authority.cert'))}`;
const withCertificate = (certificate: string, options: string) => async () =>
  `mongodb://localhost:${await listenTls(certificate)}/?${options}`;

describeFailures('TLS that does not fit', [
  {
    name: 'a certificate of an unknown authority',
    uri: withCertificate('valid.cert', 'tls=true'),
    sentence: /is not signed by a known authority; add tlsCAFile=/,
  },
  {
    name: 'a certificate that is self-signed',
    uri: withCertificate('self-signed.cert', 'tls=true'),
    sentence: /is not signed by a known authority; add tlsCAFile=/,
  },
  {
    name: 'a certificate for another name',
    uri: withCertificate('wrong-host.cert', authority),
    sentence: /is for another host name; use a name of the certificate/,
  },
  {
    name: 'a certificate that has expired',
    uri: withCertificate('expired.cert', authority),
    sentence: /is not valid at this time; renew it/,
  },
  {
    name: 'a server that requires a client certificate',
    uri: async () => {
      const ca = await readFile(tls('client-authority.cert'));
      const options = { requestCert: true, rejectUnauthorized: true, ca };
      return `mongodb://localhost:${await listenTls('valid.cert', options)}/?${authority}`;
    },
    sentence: /requires a client certificate; add tlsCertificateKeyFile=/,
  },
  {
    name: 'a server without TLS',
    uri: async () => `mongodb://${new URL(inject('mongoUri')).host}/?tls=true`,
    sentence: /^127\.0\.0\.1:\d+ does not speak TLS; remove tls=true from MONGODB_URI, or turn TLS on/,
  },
]);

const changed =
  (change: (reply: Buffer) => void, query = '?directConnection=true') =>
  async () =>
    `mongodb://127.0.0.1:${await listenChanged(change)}/${query}`;

describeFailures('a MongoDB that cannot be used', [
  {
    name: 'it is no replica set',
    uri: changed(hide('setName')),
    sentence: /is not a replica set; start it with --replSet rs0, and run rs\.initiate\(\) once in mongosh$/,
  },
  {
    name: 'it is not the replica set that the URI names',
    uri: changed(hide('setName'), '?replicaSet=rs0'),
    sentence: /is not a replica set; start it/,
  },
  {
    name: 'it is too old',
    uri: changed(set('maxWireVersion', 13)),
    sentence: /is too old; upgrade it to 6\.0 or newer$/,
  },
  {
    name: 'it is older than the driver supports',
    uri: changed(set('maxWireVersion', 6)),
    sentence: /is too old; upgrade it to 6\.0 or newer$/,
  },
  {
    name: 'it is a secondary',
    uri: changed(hide('isWritablePrimary')),
    sentence: /is not the primary of its replica set/,
  },
  {
    name: 'it belongs to another replica set',
    uri: async () => `mongodb://${new URL(inject('mongoUri')).host}/?replicaSet=other`,
    sentence: /belongs to the replica set tocsin; set replicaSet in MONGODB_URI to that name$/,
  },
]);

it('a call that MongoDB ends is explained in one sentence', async () => {
  await using client = await MongoClient.connect(inject('mongoUri'));
  const sleep = { sleep: 1, lock: 'none', millis: 10_000, maxTimeMS: 1 };
  const error: unknown = await client
    .db('admin')
    .command(sleep)
    .catch((failure: unknown) => failure);
  expect(explainStartFailure(error, {})).toMatch(
    /^MongoDB ended a call that took too long; look for a slow disk/,
  );
});

describe('a MongoDB with users', () => {
  let mongod: RunningMongod;
  let beforeInitiation: string;

  beforeAll(async () => {
    const credentials = await loadOrCreateMongodCredentials(folder.path);
    const binary = await findTestMongod();
    const { cacheSizeGB, oplogSizeMB } = testMongodOptions;
    const dataDir = `${folder.path}/data`;
    const options = { binary, dataDir, report: () => {}, cacheSizeGB, oplogSizeMB, credentials };
    mongod = await launchMongod(options);
    endWithParent(mongod.pid, mongod.exited);
    beforeInitiation = await explain(`mongodb://127.0.0.1:${mongod.port}`);
    // Adopts the running one.
    await startMongod(options);
    await using client = connectDirectly(mongod.port, toSystemLogin(credentials));
    const roles = [{ role: 'read', db: 'tocsin' }];
    await client.db('admin').command({ createUser: 'reader', pwd: 'planted1', roles });
  });

  afterAll(() => mongod.kill());

  it('is not a replica set before it is initiated', () => {
    const host = `127.0.0.1:${mongod.port}`;
    expect(beforeInitiation).toBe(
      `the replica set of the MongoDB at ${host} is not initiated; run rs.initiate() once in mongosh`,
    );
  });

  it.each([
    [
      'requires one',
      '',
      /^MongoDB requires a user and a password; write user:password@ in front of the host/,
    ],
    [
      'rejects the password',
      'reader:planted2@',
      /^MongoDB rejects the user or the password of MONGODB_URI; check/,
    ],
    [
      'rejects the user',
      'planted3:planted1@',
      /^MongoDB rejects the user or the password of MONGODB_URI; check/,
    ],
    [
      'lets the user only read',
      'reader:planted1@',
      /^the user of MONGODB_URI may not run insert; grant the roles/,
    ],
  ])('%s', async (_name, user, sentence) => {
    expect(await explain(`mongodb://${user}127.0.0.1:${mongod.port}/tocsin?authSource=admin`)).toMatch(
      sentence,
    );
  });
});

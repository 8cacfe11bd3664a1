import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { startTestApp, type TestApp, type TestAppOptions } from './app.ts';
import { MailServer } from './mail-server.ts';
import { startTestMongod, type TestMongod } from './mongod.ts';
import { OidcIssuer } from './oidc-issuer.ts';
import { Receiver, type ReceiverOptions } from './receiver.ts';

/**
 * Starts one app for all tests of a file and closes it after the last one. Call it before the file's own
 * `beforeAll`, which can then use the app. A function returns options that depend on another fixture.
 */
export function useTestApp(options: TestAppOptions | (() => TestAppOptions) = {}): TestApp {
  return useFixture('the app', () => startTestApp(typeof options === 'function' ? options() : options));
}

/** Starts one receiver for all tests of a file. */
export function useReceiver(options: ReceiverOptions = {}): Receiver {
  return useFixture('the receiver', () => Receiver.start(options));
}

/** Starts one mail server for all tests of a file. */
export function useMailServer(): MailServer {
  return useFixture('the mail server', () => MailServer.start());
}

/** Starts one OpenID Connect issuer for all tests of a file. */
export function useOidcIssuer(): OidcIssuer {
  return useFixture('the issuer', () => OidcIssuer.start());
}

/** Starts a mongod for the tests of one file, which may break or slow it. */
export function useTestMongod(): TestMongod {
  return useFixture('the mongod', () => startTestMongod());
}

/**
 * Opens one database with all indexes for all tests of a file, because building the indexes takes longer than a
 * test. Each test empties it with `clearDatabase`.
 */
export function useDatabase(name: string, mongod?: TestMongod): Connection {
  return useFixture('the database', async () => {
    const uri = mongod?.uri ?? inject('mongoUri');
    const connection = await Connection.open({ uri, database: `${name}_${randomUUID()}` });
    await connection.prepare();
    return connection;
  });
}

/** Returns a stand-in that passes everything on to the object that `start` creates before the first test. */
function useFixture<T extends object & AsyncDisposable>(name: string, start: () => Promise<T>): T {
  let current: T | undefined;
  beforeAll(async () => {
    current = await start();
  });
  afterAll(async () => {
    await current?.[Symbol.asyncDispose]();
  });
  // The target is never read: every access goes to `current`.
  return new Proxy<T>({} as T, {
    get(_target, property) {
      if (current === undefined) throw new Error(`${name} is only available in hooks and tests`);
      const value: unknown = Reflect.get(current, property, current);
      return typeof value === 'function' ? (value.bind(current) as unknown) : value;
    },
  });
}

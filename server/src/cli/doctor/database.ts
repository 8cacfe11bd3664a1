import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import {
  checkEncryptionKey,
  WrongEncryptionKeyError,
} from '../../services/maintenance/check-encryption-key.ts';
import { IncompatibleSchemaError, rejectIncompatible } from '../../services/maintenance/migrate.ts';
import { createSecretBox } from '../../services/webhooks/secret-box.ts';
import { explainStartFailure } from '../../startup/explain-start-failure.ts';
import { Connection } from '../../store/mongo/connection.ts';
import { MongoIndexStore } from '../../store/mongo/schema/index-store.ts';
import { migrations } from '../../store/mongo/schema/migrations/list.ts';
import { MongoSchemaStore } from '../../store/mongo/schema/migrations/schema-store.ts';
import { inspectDeployment, type DeploymentReport } from '../../store/mongo/system/inspect-deployment.ts';
import { MongoWebhookStore } from '../../store/mongo/webhooks/webhook-store.ts';
import { toCount } from '../count.ts';
import type { Findings } from './findings.ts';

export interface DatabaseAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long to look for a primary, in ms. */
  readonly selectionMs: number;
}

/** Above it, times in logs and in the database cannot be compared. */
const clockToleranceMs = 2_000;

/** Checks the configured database without changing it. Does not start an embedded one. */
export async function checkDatabase(
  config: Config,
  { env, selectionMs }: DatabaseAccess,
  findings: Findings,
): Promise<void> {
  const { MONGODB_URI: uri } = config;
  if (uri === undefined) {
    findings.ok('database', 'MONGODB_URI is not set, so the server runs an embedded MongoDB');
    return;
  }
  try {
    await using connection = await Connection.open({ uri, selectionMs });
    checkDeployment(await inspectDeployment(connection.db), config, findings);
    await checkContent(connection, config, findings);
  } catch (error) {
    findings.failWith('database', explainStartFailure(error, env));
  }
}

function checkDeployment(report: DeploymentReport, { isProduction }: Config, findings: Findings): void {
  const { version, replicaSet, members, clockOffsetMs, isAuthenticated, missingActions } = report;
  findings.ok(
    'database',
    `MongoDB ${version}, ${replicaSet === null ? 'a sharded cluster' : `replica set ${replicaSet}`}`,
  );
  if (members !== null) checkMembers(members, isProduction, findings);
  if (missingActions.length > 0) {
    findings.fail(
      'permissions',
      `the user of MONGODB_URI may not run ${missingActions.join(', ')}`,
      'grant the roles readWrite and dbAdmin on the database of Tocsin',
    );
  } else if (isAuthenticated)
    findings.ok('permissions', 'the user of MONGODB_URI has all rights that Tocsin needs');
  else if (isProduction) {
    findings.warn(
      'permissions',
      'MongoDB requires no user and no password',
      'turn authorization on in MongoDB',
    );
  }
  const seconds = (Math.abs(clockOffsetMs) / 1_000).toFixed(1);
  if (Math.abs(clockOffsetMs) <= clockToleranceMs) {
    findings.ok('clock', `the clocks of this machine and the database differ by ${seconds} s`);
  } else {
    findings.warn(
      'clock',
      `the clocks of this machine and the database differ by ${seconds} s`,
      'synchronize both by NTP; times of deliveries are those of the database, times of log lines are not',
    );
  }
}

function checkMembers(
  { up, total, majority }: NonNullable<DeploymentReport['members']>,
  isProduction: boolean,
  findings: Findings,
): void {
  const state = `${up} of ${total} members are up, and writes need ${majority}`;
  if (up < majority) findings.fail('replica set', state, 'start the other members; check rs.status()');
  else if (up < total) findings.warn('replica set', state, 'start the other members; check rs.status()');
  else if (total === 1 && isProduction) {
    findings.warn('replica set', 'it has one member, so its failure stops everything', 'add two members');
  } else findings.ok('replica set', state);
}

async function checkContent(connection: Connection, config: Config, findings: Findings): Promise<void> {
  const { collections, clock, db } = connection;
  const known = migrations.at(-1)?.version ?? 0;
  const state = await new MongoSchemaStore(collections, clock).read();
  if (state.version === 0) {
    findings.ok('schema', `the database "${db.databaseName}" is empty; the first start prepares it`);
    return;
  }
  try {
    rejectIncompatible(state, known);
    checkVersion(state.version, known, findings);
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    findings.fail('schema', error.message, null);
  }
  await checkIndexes(new MongoIndexStore(db), findings);
  await checkKey(new MongoWebhookStore(collections), config, findings);
}

function checkVersion(version: number, known: number, findings: Findings): void {
  if (version === known)
    findings.ok('schema', `the database has schema version ${version}, as this release needs`);
  else if (version > known) {
    findings.warn(
      'schema',
      `a newer release upgraded the database to schema version ${version}`,
      'upgrade this one',
    );
  } else {
    findings.warn(
      'schema',
      `${toCount(known - version, 'migration')} pending: the database has schema version ${version}, this release ${known}`,
      'make a backup, then start the server, which migrates; see docs/upgrade.md',
    );
  }
}

async function checkIndexes(indexes: MongoIndexStore, findings: Findings): Promise<void> {
  const [missing, conflicts] = [await indexes.findMissing(), await indexes.findConflicts()];
  for (const { index, neededFor } of missing) {
    findings.fail(
      'indexes',
      `${index} is missing, which ${neededFor} needs`,
      'start a server, which builds it',
    );
  }
  for (const { index } of conflicts) {
    findings.warn(
      'indexes',
      `${index} exists with another definition`,
      'drop it, and start a server, which builds ours',
    );
  }
  if (missing.length + conflicts.length === 0)
    findings.ok('indexes', 'all indexes for accepting and sending exist');
}

async function checkKey(store: MongoWebhookStore, config: Config, findings: Findings): Promise<void> {
  const key = config.ENCRYPTION_KEY ?? (await readLocalKey(config.DATA_DIR));
  const hasWebhooks = (await store.listSecrets(undefined, 1)).length > 0;
  if (!hasWebhooks) return;
  if (key === undefined) {
    findings.fail(
      'encryption key',
      'the database has webhooks, and ENCRYPTION_KEY is not set',
      'set ENCRYPTION_KEY to the key that the database was used with',
    );
    return;
  }
  const noLog = () => undefined;
  const log = { debug: noLog, info: noLog, warn: noLog, error: noLog };
  const secretBox = createSecretBox(key, config.ENCRYPTION_KEY_PREVIOUS);
  try {
    await checkEncryptionKey({ store, secretBox, isHeld: false, log });
    findings.ok('encryption key', 'ENCRYPTION_KEY decrypts the webhooks of the database');
  } catch (error) {
    if (!(error instanceof WrongEncryptionKeyError)) throw error;
    findings.failWith('encryption key', error.message);
  }
}

/** The key that an earlier start has generated. */
async function readLocalKey(dataDir: string): Promise<Buffer | undefined> {
  const text = await readFile(join(dataDir, 'encryption-key'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Buffer.from(text.trim(), 'base64');
}

import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { checkDataDir } from '../../startup/check-data-dir.ts';
import { checkListen } from '../../startup/check-listen.ts';
import { StartError } from '../../startup/start-error.ts';
import { toCount } from '../count.ts';
import type { Findings } from './findings.ts';

/** A server on the same machine responds at once. */
const probeMs = 2_000;

/** Checks DATA_DIR, the port and the catalogs. */
export async function checkMachine(config: Config, findings: Findings): Promise<void> {
  await checkFolder(config, findings);
  await checkPort(config, findings);
  await checkCatalogs(config, findings);
}

async function checkFolder(config: Config, findings: Findings): Promise<void> {
  const isEmbedded = config.MONGODB_URI === undefined;
  if (!isEmbedded && config.ROOT_TOKEN !== undefined && config.ENCRYPTION_KEY !== undefined) return;
  const path = resolve(config.DATA_DIR);
  // The check of a start would create the folder.
  if (!(await exists(path))) {
    findings.ok('data folder', `DATA_DIR ${path} does not exist yet; the first start creates it`);
    return;
  }
  try {
    await checkDataDir(config.DATA_DIR, isEmbedded ? {} : { minFreeBytes: 0 });
    findings.ok('data folder', `DATA_DIR ${path} can be read and written`);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    findings.failWith('data folder', error.message);
  }
  if (isEmbedded && (await exists(join(path, 'mongo'))) && !(await exists(join(path, 'encryption-key')))) {
    if (config.ENCRYPTION_KEY === undefined) {
      findings.warn(
        'encryption key',
        `there is a database in ${path}, but neither its encryption-key nor ENCRYPTION_KEY`,
        'restore the file encryption-key, or set ENCRYPTION_KEY; without the right key, no webhook can be called',
      );
    }
  }
}

async function checkPort(config: Config, findings: Findings): Promise<void> {
  const { HOST: host, PORT: port } = config;
  try {
    await checkListen({ HOST: host, PORT: port });
    findings.ok('port', `port ${port} of ${host} is free`);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    if (await isTocsin(host, port)) findings.ok('port', `a Tocsin server listens on port ${port} of ${host}`);
    else findings.failWith('port', error.message);
  }
}

async function checkCatalogs({ CATALOG: specifiers }: Config, findings: Findings): Promise<void> {
  if (specifiers === undefined) return;
  const { CatalogLoadError, loadCatalogs } = await import('../../catalog/load-catalogs.ts');
  try {
    const { definitions } = await loadCatalogs(specifiers, process.cwd());
    findings.ok('catalog', `CATALOG has ${toCount(Object.keys(definitions).length, 'event type')}`);
  } catch (error) {
    if (!(error instanceof CatalogLoadError)) throw error;
    findings.failWith('catalog', error.message);
  }
}

async function isTocsin(host: string, port: number): Promise<boolean> {
  const local =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${local}:${port}/healthz`, { signal: AbortSignal.timeout(probeMs) });
    return response.ok && /"status":\s*"ok"/.test(await response.text());
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

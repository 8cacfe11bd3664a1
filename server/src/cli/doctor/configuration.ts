import { ConfigError, environment, readConfig, type Config } from '../../config.ts';
import { findMisspelledNames, toWarning } from '../../startup/misspelled-names.ts';
import { version } from '../../version.ts';
import type { Findings } from './findings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that a shell has for other programs, too. */
const sharedNames: ReadonlySet<string> = new Set([
  'NODE_ENV',
  'XDG_CACHE_HOME',
  'PORT',
  'HOST',
  'LOG_LEVEL',
  'LOG_FORMAT',
]);

/** The oldest release of Node that this release runs on. */
const oldestNode = [20, 19] as const;

/** Whether the environment is that of a server. */
export function hasServerSettings(env: Environment): boolean {
  return Object.keys(environment.shape).some((name) => !sharedNames.has(name) && (env[name] ?? '') !== '');
}

export interface ConfigurationCheck {
  readonly findings: Findings;
  /** Whether to check the settings of a server. */
  readonly isServer: boolean;
}

/** Checks this program and its environment. Returns the configuration if it is valid. */
export function checkConfiguration(
  env: Environment,
  { findings, isServer }: ConfigurationCheck,
): Config | undefined {
  checkNode(findings);
  for (const misspelled of findMisspelledNames(env)) {
    const [message = '', remedy = ''] = toWarning(misspelled).split('; ');
    findings.warn('configuration', message, remedy);
  }
  if (!isServer) return undefined;
  try {
    const config = readConfig(env);
    findings.ok('configuration', 'all settings are valid');
    if (!config.isProduction) return config;
    if (config.MONGODB_URI === undefined) {
      findings.warn(
        'configuration',
        'NODE_ENV is production and MONGODB_URI is not set, so the embedded database is used',
        'set MONGODB_URI to a replica set of three members',
      );
    }
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of error.lines)
      findings.fail('configuration', line, 'correct it; see docs/configuration.md');
    return undefined;
  }
}

function checkNode(findings: Findings): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  if (isOld) {
    findings.fail(
      'node',
      `Node ${process.versions.node} is too old`,
      `install Node ${oldestNode.join('.')} or newer`,
    );
  } else findings.ok('node', `Node ${process.versions.node} runs Tocsin ${version}`);
}

import { CatalogLoadError } from '../catalog/load-catalogs.ts';
import { ConfigError } from '../config.ts';
import { DataDirInUseError } from '../embedded/data-dir-lock.ts';
import { InvalidCatalogError } from '../services/event-types/catalog-types.ts';
import { WrongEncryptionKeyError } from '../services/maintenance/check-encryption-key.ts';
import { IncompatibleSchemaError } from '../services/maintenance/migrate.ts';
import { UnknownKeyError } from '../services/webhooks/secret-box.ts';
import { describeConnectionFailure } from '../store/mongo/driver/connection-failure.ts';
import { createScrubber } from '../telemetry/scrub.ts';
import { toUriSecrets } from './uri-secrets.ts';
import { StartError } from './start-error.ts';

/** Errors whose message is a sentence for the operator. */
const explainedErrors = [
  StartError,
  DataDirInUseError,
  IncompatibleSchemaError,
  InvalidCatalogError,
  WrongEncryptionKeyError,
  UnknownKeyError,
];

/** What is wrong with a file, a folder or an address, by the error code of the operating system. */
const systemSentences: Readonly<Record<string, (path: string) => string>> = {
  EACCES: (path) => `${path} cannot be used: permission denied; give this user access, or choose another`,
  EPERM: (path) => `${path} cannot be changed: operation not permitted; use one that this user owns`,
  EROFS: (path) => `${path} is on a read-only file system; choose another`,
  ENOSPC: (path) => `the disk with ${path} is full; free some space`,
  EDQUOT: (path) => `the disk quota of this user is used up at ${path}; free some space`,
  ENOENT: (path) => `${path} does not exist; check the path`,
  ENOTDIR: (path) => `${path} is not a folder, or is below a file; check the path`,
  EISDIR: (path) => `${path} is a folder, but must be a file; check the path`,
  EIO: (path) => `${path} cannot be read or written: the disk reports an error`,
  EMFILE: () => 'this process has too many open files; raise its limit (ulimit -n)',
  ENFILE: () => 'this machine has too many open files; raise its limit',
};

/**
 * Returns why the server, or a command that connects to the database, cannot start. One line, without a stack,
 * except for ConfigError, which has one line per variable. Contains no secret of the environment.
 */
export function explainStartFailure(
  error: unknown,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const secrets = toUriSecrets(env['MONGODB_URI'] ?? '');
  const text = secrets.reduce((clean, secret) => clean.replaceAll(secret, '[removed]'), toText(error));
  return createScrubber([])(text);
}

function toText(error: unknown): string {
  if (error instanceof ConfigError) return ['', ...error.lines.map((line) => `  ${line}`)].join('\n');
  if (error instanceof CatalogLoadError) return `CATALOG: ${error.message}`;
  if (explainedErrors.some((kind) => error instanceof kind)) return messageOf(error);
  return (
    describeConnectionFailure(error) ??
    describeSystemError(error) ??
    `unexpected error: ${toOneLine(messageOf(error))}; start again with LOG_LEVEL=debug to see where it was thrown`
  );
}

function describeSystemError(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const sentence = systemSentences[String(error.code)];
  if (sentence === undefined) return undefined;
  return sentence('path' in error && typeof error.path === 'string' ? error.path : 'a file');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function toOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

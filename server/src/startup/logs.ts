import type { Logger } from 'pino';
import { createLog } from '../telemetry/log.ts';

export type LogFormat = 'json' | 'text';

export interface TerminalLogOptions {
  /** LOG_FORMAT. @default text on a terminal, otherwise json */
  readonly format: LogFormat | undefined;
  readonly secrets?: readonly string[];
}

/** Creates the log of a process, on standard error: readable on a terminal, JSON elsewhere. */
export async function createTerminalLog(
  level: string,
  { format, secrets = [] }: TerminalLogOptions,
): Promise<Logger> {
  const { isTTY } = process.stderr;
  if ((format ?? (isTTY ? 'text' : 'json')) === 'json') return createLog(level, { secrets });
  // Imported lazily: most servers write JSON.
  const { createTextDestination } = await import('../telemetry/text-log.ts');
  const destination = createTextDestination({
    write: (text) => void process.stderr.write(text),
    colors: isTTY && (process.stderr.hasColors?.() ?? false),
  });
  return createLog(level, { secrets, destination });
}

/** The log before the configuration was read. An invalid setting counts as unset here. */
export function createStartLog(env: Readonly<Record<string, string | undefined>>): Promise<Logger> {
  const format = env['LOG_FORMAT'];
  const level = env['LOG_LEVEL'];
  return createTerminalLog(level === 'silent' || level === 'error' ? level : 'warn', {
    format: format === 'json' || format === 'text' ? format : undefined,
  });
}

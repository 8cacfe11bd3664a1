import { pino, type DestinationStream, type Logger } from 'pino';
import { createScrubber } from './scrub.ts';

export interface LogOptions {
  /** Secrets of this installation, removed from every line by their text. */
  readonly secrets?: readonly string[];
  /** @default standard error, so that standard output stays free for what a person asked for */
  readonly destination?: DestinationStream;
}

/**
 * pino, with three walls between a credential and a log file: fields that are named like one are removed; errors are
 * written by their message and stack alone, since the driver's carry whole documents; and every finished line is searched
 * for what looks like a credential.
 */
export function createLog(level: string, options: LogOptions = {}): Logger {
  const { secrets = [], destination = pino.destination({ dest: 2, sync: false }) } = options;
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { err: plainError },
      hooks: { streamWrite: createScrubber(secrets) },
      redact: {
        paths: [
          'secret',
          '*.secret',
          'token',
          '*.token',
          'authorization',
          '*.authorization',
          'key',
          '*.key',
          'url',
          '*.url',
        ],
        censor: '[removed]',
      },
    },
    destination,
  );
}

/** How deep causes are followed: an error that is its own cause must end somewhere. */
const maxCauses = 5;

interface PlainError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string | undefined;
  readonly cause?: PlainError;
}

function plainError(value: unknown, depth = 0): PlainError {
  if (!(value instanceof Error)) return { type: typeof value, message: String(value) };
  const code = 'code' in value ? value.code : undefined;
  return {
    type: value.name,
    message: value.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: value.stack,
    ...(value.cause === undefined || depth === maxCauses
      ? {}
      : { cause: plainError(value.cause, depth + 1) }),
  };
}

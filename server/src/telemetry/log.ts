import { pino, type Logger } from 'pino';

/**
 * pino on standard error, so that standard output stays free for what a person asked for. Fields that could hold
 * a credential are removed whatever a caller logs.
 */
export function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
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
    pino.destination({ dest: 2, sync: false }),
  );
}

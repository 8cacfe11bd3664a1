import * as z from 'zod';
import { defaultRetrySchedule } from './domain/retry-policy.ts';
import { parseDuration } from './duration.ts';

/* The one reader of the environment. Every variable, its meaning and its default; docs/configuration.md is made of it. */

const flag = z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] });

const duration = z.string().transform((text, ctx) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  ctx.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 500ms, 5s, 5m, 2h or 5d` });
  return z.NEVER;
});

const schedule = z.string().transform((text, ctx) => {
  const gaps = text.split(',').map((part) => parseDuration(part.trim()));
  const bad = gaps.indexOf(undefined);
  if (bad === -1) return gaps.filter((gap) => gap !== undefined);
  ctx.addIssue({
    code: 'custom',
    message: `"${text.split(',')[bad]?.trim()}" is not a duration; write a list such as 5s,5m,30m`,
  });
  return z.NEVER;
});

const encryptionKey = z.string().transform((text, ctx) => {
  const key = Buffer.from(text, 'base64');
  if (key.length === 32) return key;
  // The value itself is a secret and is not repeated.
  ctx.addIssue({
    code: 'custom',
    message: `must be 32 bytes in base64 (openssl rand -base64 32), not ${key.length}`,
  });
  return z.NEVER;
});

const encryptionKeys = z.string().transform((text, ctx) => {
  const keys = text.split(',').map((part) => encryptionKey.safeParse(part.trim()));
  const bad = keys.findIndex((key) => !key.success);
  if (bad === -1) return keys.flatMap((key) => (key.success ? [key.data] : []));
  ctx.addIssue({
    code: 'custom',
    message: `entry ${bad + 1} is not 32 bytes in base64; separate several keys by commas`,
  });
  return z.NEVER;
});

const proxies = z
  .string()
  .refine(
    (text) =>
      text
        .split(',')
        .every((part) => /^(loopback|linklocal|uniquelocal|[0-9a-f.:]+(\/\d{1,3})?)$/i.test(part.trim())),
    'must be addresses, CIDRs, loopback, linklocal or uniquelocal, separated by commas',
  );

const portList = z.string().transform((text, ctx) => {
  const ports = text.split(',').map((part) => Number(part.trim()));
  if (ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536)) return ports;
  ctx.addIssue({ code: 'custom', message: `"${text}" is not a list of ports such as 443,8443` });
  return z.NEVER;
});

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

export const environment = z.object({
  PORT: wholeNumber(0, 65_535).default(4400).meta({ description: 'Port to listen on; 0 takes a free one.' }),
  HOST: z.string().min(1).default('127.0.0.1').meta({ description: 'Address to listen on.' }),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .meta({ description: 'Replica set to use. Unset: an embedded mongod with its data in DATA_DIR.' }),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .meta({ description: 'Folder of the embedded database and secrets.' }),
  MONGOD_BINARY: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'mongod to run as the embedded database.' }),
  XDG_CACHE_HOME: z.string().min(1).optional().meta({ description: 'Where a fetched mongod is kept.' }),
  ROOT_TOKEN: z.string().min(16, 'must have at least 16 characters').optional().meta({
    description: "The operator's bearer token. Unset, and not in production: made once and kept in DATA_DIR.",
  }),
  ENCRYPTION_KEY: encryptionKey.optional().meta({
    description: '32 bytes in base64 that webhook secrets are encrypted with. Made and kept like ROOT_TOKEN.',
  }),
  ENCRYPTION_KEY_PREVIOUS: encryptionKeys.optional().meta({
    description:
      'Other keys that webhook secrets may be encrypted with, separated by commas. For the time of a key rotation.',
  }),
  ALLOW_PRIVATE_TARGETS: flag.optional().meta({
    description:
      'Allows http:, loopback and private addresses. Default: true with the embedded database, else false.',
  }),
  ALLOWED_TARGETS: z
    .string()
    .default('')
    .meta({ description: 'CIDRs or host names, separated by commas, that may be called although private.' }),
  ALLOWED_PORTS: portList
    .prefault('443,8443')
    .meta({ description: 'Ports that webhooks may use, separated by commas.' }),
  PUBLIC_HOSTS: z.string().default('').meta({
    description:
      'Host names of this platform itself, separated by commas: no webhook may point at it. Discord is told the first.',
  }),
  ROLE: z.enum(['all', 'api', 'worker']).default('all').meta({
    description: 'api: accepts and answers; worker: sends, and answers only for its health; all: both.',
  }),
  DELIVERY_HOLD: flag.default(false).meta({
    description:
      'Accepts and sends nothing, and removes nothing, until started without it: to look at a restored database first.',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'The least level that is logged.' }),
  RETRY_SCHEDULE: schedule
    .prefault(defaultRetrySchedule)
    .meta({ description: 'Gaps before the second, third, ... attempt.' }),
  DELIVERY_TIMEOUT_MS: wholeNumber(100, 60_000)
    .default(10_000)
    .meta({ description: 'How long one attempt may take in all.' }),
  DISABLE_AFTER: duration
    .prefault('5d')
    .meta({ description: 'Nothing but failure for this long disables a webhook.' }),
  MAX_WEBHOOKS_PER_APP: wholeNumber(1, 1_000).default(5).meta({
    description: "Webhooks an app may have over AuthForge's contract; ten times as many over all others.",
  }),
  RETENTION_DAYS: wholeNumber(1, 3_650)
    .default(30)
    .meta({ description: 'How long events, deliveries and idempotency keys are kept.' }),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 3_650)
    .default(400)
    .meta({ description: 'How long the audit log is kept: a year and a month unless told.' }),
  TRUST_PROXY: proxies.optional().meta({
    description:
      'Addresses or CIDRs, separated by commas, of proxies whose X-Forwarded-For and -Proto are believed. Default: none.',
  }),
  METRICS_PUBLIC: flag.default(false).meta({ description: 'Serves /metrics without a key.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be the http: or https: address of a collector' })
    .optional()
    .meta({ description: 'Collector that traces are sent to, by OTLP over HTTP. Unset: none are made.' }),
  OTEL_SERVICE_NAME: z
    .string()
    .min(1)
    .default('tocsin')
    .meta({ description: 'What this service is called in traces.' }),
  NODE_ENV: z.string().optional().meta({ description: 'production: secrets must be given, none is made.' }),
});

export type Config = z.output<typeof environment> & { readonly isProduction: boolean };

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One line per bad variable. */
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

/** Reads the configuration; throws a ConfigError with a line for each variable that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable counts as unset: that is what an empty line in a compose file or .env means.
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  const lines = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const isProduction = given['NODE_ENV'] === 'production';
  if (isProduction) {
    for (const name of ['ROOT_TOKEN', 'ENCRYPTION_KEY']) {
      if (given[name] === undefined) lines.push(`${name}: is required when NODE_ENV is production`);
    }
  }
  if (!parsed.success || lines.length > 0) throw new ConfigError(lines);
  return { ...parsed.data, isProduction };
}

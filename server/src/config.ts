import * as z from 'zod';
import { alertVariables } from './alert-variables.ts';
import { defaultRetrySchedule } from './domain/retry-policy.ts';
import type { OidcOptions } from './oidc/oidc-verifier.ts';
import type { ClaimNames } from './services/accounts/token-claims.ts';
import {
  algorithmList,
  allowedTargets,
  audienceList,
  claimName,
  duration,
  encryptionKey,
  encryptionKeys,
  flag,
  issuerUrl,
  list,
  maxClockToleranceMs,
  nameServers,
  outboundProxy,
  ownHosts,
  portList,
  proxies,
  schedule,
  wholeNumber,
} from './setting-values.ts';
import { describeProblems } from './startup/setting-problems.ts';

/* The only reader of the environment. docs/configuration.md is generated from this schema. */

export const environment = z.object({
  PORT: wholeNumber(0, 65_535).default(4400).meta({ description: 'Port to listen on. 0 picks a free port.' }),
  HOST: z.string().min(1).default('127.0.0.1').meta({ description: 'Address to listen on.' }),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .meta({
      description:
        'Replica set to use. If unset, the server runs an embedded mongod with its data in DATA_DIR.',
    }),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .meta({ description: 'Folder of the embedded database and of generated secrets.' }),
  CATALOG: list.optional().meta({
    description:
      'Catalogs of your own events for all accounts, separated by commas: TypeScript or JavaScript files from the working directory, such as `./acme-events.ts`, or names of packages that are installed there. Each exports a result of `defineCatalog`.',
  }),
  MONGOD_BINARY: z.string().min(1).optional().meta({
    description:
      'Path of the mongod binary for the embedded database. If unset, the server finds or downloads one.',
  }),
  XDG_CACHE_HOME: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Cache folder for a downloaded mongod. If unset, the server uses ~/.cache.' }),
  ROOT_TOKEN: z.string().min(16, 'must have at least 16 characters').optional().meta({
    description:
      "The operator's bearer token. If unset outside production, the server generates one and stores it in DATA_DIR.",
  }),
  ENCRYPTION_KEY: encryptionKey.optional().meta({
    description:
      'Key that encrypts webhook secrets: 32 bytes in base64. Generated and stored like ROOT_TOKEN.',
  }),
  ENCRYPTION_KEY_PREVIOUS: encryptionKeys.optional().meta({
    description:
      'Additional keys that can decrypt webhook secrets, separated by commas. Set it only during a key rotation.',
  }),
  ALLOW_PRIVATE_TARGETS: flag.optional().meta({
    description:
      'Allows webhooks to call http: URLs, loopback and private addresses. Default: true with the embedded database outside production, otherwise false. Link-local addresses and metadata services stay blocked.',
  }),
  DEMO_RECEIVER: flag.optional().meta({
    description:
      'Serves `/demo`, a receiver that shows the deliveries it gets, to this machine only. Default: true with the embedded database, unless private targets are not allowed. Not allowed in production.',
  }),
  ALLOWED_TARGETS: allowedTargets
    .default('')
    .meta({ description: 'Private CIDRs or host names that webhooks may call, separated by commas.' }),
  ALLOWED_PORTS: portList
    .prefault('443,8443')
    .meta({ description: 'Ports that webhooks may call, separated by commas.' }),
  OUTBOUND_PROXY: outboundProxy.optional().meta({
    description:
      'HTTP proxy for requests to receivers: `http://user:password@host:port`, or `https:`. It must allow CONNECT to ALLOWED_PORTS. If unset, receivers are called directly.',
  }),
  OUTBOUND_PROXY_EXCEPT: allowedTargets.default('').meta({
    description:
      'CIDRs or host names of receivers that are called without OUTBOUND_PROXY, separated by commas.',
  }),
  PUBLIC_HOSTS: ownHosts.prefault('').meta({
    description:
      'Host names and addresses of this installation, with an optional port, separated by commas; `*.example.com` means all names below. Webhooks cannot point to them. Requests to Discord name the first one as the sender.',
  }),
  DNS_SERVERS: nameServers.prefault('').meta({
    description:
      "Name servers that resolve the hosts of webhooks: addresses with an optional port, separated by commas. If unset, those of the system's resolv.conf, which is read again for each lookup.",
  }),
  ROLE: z.enum(['all', 'api', 'worker']).default('all').meta({
    description:
      'Work of this process. `api` accepts events and serves the API and the admin UI. `worker` sends deliveries and serves health checks and metrics. `all` does both.',
  }),
  DELIVERY_HOLD: flag.default(false).meta({
    description: 'Accepts events but pauses sending and retention. Use it to inspect a restored database.',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'Lowest level to log.' }),
  LOG_FORMAT: z.enum(['json', 'text']).optional().meta({
    description:
      'Form of log lines on standard error: `json`, or `text` for people. If unset, `text` on a terminal and `json` elsewhere.',
  }),
  INSTANCE: z.string().min(1).max(200).optional().meta({
    description:
      'Name of this process that stays the same over restarts, and that no other running process has. A restart then takes over at once after a crash. Needed where each start has a PID namespace of its own, as in containers; without it, a takeover there takes up to 15 s.',
  }),
  RETRY_SCHEDULE: schedule.prefault(defaultRetrySchedule).meta({
    description: 'Delays before the second, third, ... attempt. Up to 20% of jitter is added to each.',
  }),
  DELIVERY_TIMEOUT_MS: wholeNumber(100, 60_000)
    .default(10_000)
    .meta({ description: 'Time limit for one attempt, in milliseconds.' }),
  DISABLE_AFTER: duration
    .prefault('5d')
    .meta({ description: 'Disables a webhook after it has only failed for this long.' }),
  MAX_WEBHOOKS_PER_APP: wholeNumber(1, 1_000).default(5).meta({
    description:
      "Webhooks per app through AuthForge's contract. All other webhooks of the app together may be ten times as many.",
  }),
  MAX_APPS_PER_ACCOUNT: wholeNumber(0, 100_000)
    .default(2_500)
    .meta({ description: 'Apps per account. docs/limits.md describes all limits of an account.' }),
  MAX_WEBHOOKS_PER_ACCOUNT: wholeNumber(0, 100_000)
    .default(5_000)
    .meta({ description: 'Webhooks of all apps of an account together.' }),
  MAX_KEYS_PER_ACCOUNT: wholeNumber(0, 100_000)
    .default(100)
    .meta({ description: 'API keys per account that are neither revoked nor expired.' }),
  MAX_REPLAYS_PER_ACCOUNT: wholeNumber(0, 100_000)
    .default(10)
    .meta({ description: 'Running replays per account.' }),
  MAX_CHANGES_PER_HOUR: wholeNumber(0, 100_000).default(3_000).meta({
    description: 'Calls per account that change something, per hour. Bounds the growth of the audit log.',
  }),
  MAX_CHANGES_PER_DAY: wholeNumber(0, 100_000)
    .default(10_000)
    .meta({ description: 'Calls per account that change something, per day.' }),
  MAX_CALLS_PER_SECOND: wholeNumber(1, 100_000).default(50).meta({
    description:
      'Calls per account and second, except publishing, by all processes together. The burst is three times as many.',
  }),
  MAX_EVENTS_PER_SECOND: wholeNumber(1, 100_000).default(30_000).meta({
    description:
      'Published events per account and second, by all processes together. The burst is twice as many.',
  }),
  RETENTION_DAYS: wholeNumber(1, 3_650)
    .default(30)
    .meta({ description: 'Days to keep events, finished deliveries and idempotency keys.' }),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 3_650)
    .default(400)
    .meta({ description: 'Days to keep the audit log.' }),
  TRUST_PROXY: proxies.optional().meta({
    description:
      'Addresses or CIDRs of trusted proxies, separated by commas. The server reads X-Forwarded-For and X-Forwarded-Proto only from them.',
  }),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(4_096).meta({
    description:
      'Open connections of callers, at most. Never more than half of the file descriptors that the process may have. At the limit, a new connection replaces one that carries no authenticated request.',
  }),
  MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(512).meta({
    description:
      'Open connections of one IPv4 address or IPv6 /64 network, at most. Does not apply to the proxies in TRUST_PROXY.',
  }),
  ...alertVariables,
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional().meta({
    description:
      'Bearer token that can read /metrics and nothing else, for Prometheus. The root token can read it too.',
  }),
  METRICS_PUBLIC: flag.default(false).meta({ description: 'Serves /metrics without authentication.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be the http: or https: address of a collector' })
    .optional()
    .meta({ description: 'Collector to send traces to, by OTLP over HTTP. If unset, tracing is off.' }),
  OTEL_SERVICE_NAME: z.string().min(1).default('tocsin').meta({ description: 'Service name in traces.' }),
  SEND_TRACEPARENT: flag.default(true).meta({
    description:
      'Sends a `traceparent` header with deliveries, if the event has one or tracing is on. It shows receivers the ids of your traces. Set it to `false` if receivers are not your own and should not see them.',
  }),
  OIDC_ISSUER: issuerUrl.optional().meta({
    description:
      'OpenID Connect issuer whose access tokens (JWTs) callers may use instead of API keys: the exact value of `iss`. If unset, no token is accepted.',
  }),
  OIDC_AUDIENCE: audienceList.optional().meta({
    description:
      'Audiences of this installation, separated by commas. A token must have one of them in `aud`. Required with OIDC_ISSUER.',
  }),
  OIDC_JWKS_URI: issuerUrl.optional().meta({
    description:
      "Address of the issuer's public keys. If unset, it is read from the issuer's discovery document.",
  }),
  OIDC_ALGORITHMS: algorithmList
    .prefault('RS256,PS256,ES256,EdDSA,Ed25519')
    .meta({ description: 'Accepted signature algorithms of tokens, separated by commas.' }),
  OIDC_CLOCK_TOLERANCE: duration
    .refine((ms) => ms <= maxClockToleranceMs, 'must be at most 5m')
    .prefault('30s')
    .meta({ description: 'Allowed difference between the clocks of the issuer and the database.' }),
  OIDC_ACCOUNT_CLAIM: claimName
    .default('tocsin_account')
    .meta({ description: 'Claim with the id of the account that the token acts for.' }),
  OIDC_SCOPES_CLAIM: claimName
    .default('scope')
    .meta({ description: 'Claim with the scopes: a list, or a text separated by spaces.' }),
  OIDC_SCOPE_PREFIX: z.string().max(200).default('').meta({
    description:
      "Prefix of Tocsin's scopes in that claim, such as `tocsin:` for `tocsin:events:read`. Scopes without it are ignored.",
  }),
  OIDC_APP_CLAIM: claimName.default('tocsin_app').meta({
    description: 'Claim with the id of the only app that the token may use. Optional in a token.',
  }),
  NODE_ENV: z.string().optional().meta({
    description:
      'In production, ROOT_TOKEN and ENCRYPTION_KEY must be set, because the server generates neither, and webhooks cannot call private addresses unless ALLOW_PRIVATE_TARGETS is set.',
  }),
});

/** Access tokens of an OpenID Connect issuer. */
interface OidcConfig {
  readonly verification: OidcOptions;
  readonly claimNames: ClaimNames;
}

export type Config = z.output<typeof environment> & {
  readonly isProduction: boolean;
  /** Undefined if no issuer is configured. */
  readonly oidc: OidcConfig | undefined;
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One line per invalid variable. */
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

/**
 * Reads the configuration from the environment.
 *
 * @throws ConfigError with one line per invalid variable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // A blank variable counts as unset, as in an empty line of a compose file or .env. It would be 0 as a number.
  const values = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environment.safeParse(values);
  const lines = parsed.success ? [] : describeProblems(parsed.error.issues, values);
  const isProduction = values['NODE_ENV'] === 'production';
  if (isProduction) {
    for (const name of ['ROOT_TOKEN', 'ENCRYPTION_KEY']) {
      if (values[name] === undefined) lines.push(`${name}: is required when NODE_ENV is production`);
    }
  }
  if (isProduction && parsed.data?.DEMO_RECEIVER === true) {
    lines.push('DEMO_RECEIVER: is not allowed when NODE_ENV is production');
  }
  if (values['OUTBOUND_PROXY_EXCEPT'] !== undefined && values['OUTBOUND_PROXY'] === undefined) {
    lines.push('OUTBOUND_PROXY_EXCEPT: is only allowed together with OUTBOUND_PROXY');
  }
  if (values['SMTP_URL'] !== undefined && values['SMTP_FROM'] === undefined) {
    lines.push('SMTP_FROM: is required with SMTP_URL');
  }
  lines.push(...checkOidc(values));
  if (!parsed.success || lines.length > 0) throw new ConfigError(lines);
  return { ...parsed.data, isProduction, oidc: toOidcConfig(parsed.data) };
}

/** A variable without the one that it belongs to is a mistake that would accept no token. */
function checkOidc(values: Readonly<Record<string, string | undefined>>): string[] {
  const names = Object.keys(values).filter((name) => name.startsWith('OIDC_'));
  if (names.length === 0) return [];
  if (values['OIDC_ISSUER'] === undefined)
    return names.map((name) => `${name}: is only allowed together with OIDC_ISSUER`);
  return values['OIDC_AUDIENCE'] === undefined ? ['OIDC_AUDIENCE: is required with OIDC_ISSUER'] : [];
}

function toOidcConfig(parsed: z.output<typeof environment>): OidcConfig | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audiences } = parsed;
  if (issuer === undefined || audiences === undefined) return undefined;
  return {
    verification: {
      issuer,
      audiences,
      jwksUri: parsed.OIDC_JWKS_URI,
      algorithms: parsed.OIDC_ALGORITHMS,
      clockToleranceMs: parsed.OIDC_CLOCK_TOLERANCE,
    },
    claimNames: {
      account: parsed.OIDC_ACCOUNT_CLAIM,
      scopes: parsed.OIDC_SCOPES_CLAIM,
      app: parsed.OIDC_APP_CLAIM,
      scopePrefix: parsed.OIDC_SCOPE_PREFIX,
    },
  };
}

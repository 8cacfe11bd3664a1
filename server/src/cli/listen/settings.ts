import {
  appId as appIdSchema,
  format,
  maskText,
  profile,
  signing,
  webhookId,
  type WebhookView,
} from '@tocsin/shared';
import type * as z from 'zod';
import { resolveFormat } from '../../delivery/destinations/registry.ts';
import { checkCustomHeaders } from '../../domain/header-rules.ts';
import { UsageError, type Context } from '../command.ts';
import { deriveSecret, parseSecret, type ListenSecret } from './listen-secret.ts';
import type { LocalWebhook } from './local-webhook.ts';
import type { ListenOptions } from './options.ts';

/** What the receiver on this machine is sent, and how. */
export interface ListenSettings extends LocalWebhook {
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined;
  readonly publicKey: string | null;
  /** Whether the secret is derived, and has to be shown. */
  readonly isOwnSecret: boolean;
  /** What differs from a delivery of the webhook. */
  readonly differences: readonly string[];
}

/** The variable of the secret, which process lists do not show. */
const secretVariable = 'TOCSIN_WEBHOOK_SECRET';

/**
 * Returns the settings of a webhook with what the options replace. Without a webhook, its defaults.
 *
 * @throws UsageError
 */
export function toSettings(
  options: ListenOptions,
  webhook: WebhookView | undefined,
  { env }: Pick<Context, 'env'>,
): ListenSettings {
  const appId = toAppId(options, webhook);
  const signedBy =
    options.signing === undefined ? webhook?.signing : choose(signing, 'signing', options.signing);
  const chosenProfile = choose(profile, 'profile', options.profile ?? webhook?.profile ?? 'standard');
  const chosenSigning = chosenProfile === 'standard' ? (signedBy ?? 'hmac') : 'hmac';
  const url = toForwardUrl(options.forward);
  const chosenFormat = choose(format, 'format', options.format ?? webhook?.format ?? 'json');
  const { secret, publicKey, isOwn } = toSecret(options, { env, appId, signing: chosenSigning });
  return {
    appId,
    url,
    profile: chosenProfile,
    // A local address says nothing about the service, so `auto` goes by the address of the webhook.
    format: resolveFormat(chosenFormat, webhook === undefined ? url : toUrl(webhook.url, url)),
    headers: toHeaders(options.header ?? [], webhook),
    secret,
    publicKey,
    isOwnSecret: isOwn,
    types: toTypes(options.types) ?? webhook?.events,
    differences: webhook === undefined ? [] : listDifferences(webhook),
  };
}

function toAppId({ app }: ListenOptions, webhook: WebhookView | undefined): string {
  if (webhook === undefined) {
    if (app === undefined) throw new UsageError('--app: is required, or --webhook');
    return choose(appIdSchema, 'app', app);
  }
  if (app === undefined || app === webhook.appId) return webhook.appId;
  throw new UsageError(`--app: ${webhook.id} belongs to ${webhook.appId}`);
}

/** Checks the id of a webhook before it is looked up. */
export function toWebhookId(text: string): string {
  return choose(webhookId, 'webhook', text);
}

function choose<TSchema extends z.ZodType<string>>(
  schema: TSchema,
  option: string,
  text: string,
): z.output<TSchema> {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  const choices = 'options' in schema && Array.isArray(schema.options) ? schema.options : undefined;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `--${option}: ${choices === undefined ? issue?.message : `must be one of ${choices.join(', ')}`}`,
  );
}

function toForwardUrl(text: string | undefined): URL {
  if (text === undefined) {
    throw new UsageError('--forward: is required, such as --forward http://localhost:3000/hook');
  }
  // `localhost:3000/hook` would be a URL with the protocol `localhost:`.
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    throw new UsageError('--forward: must be an http or https URL, such as http://localhost:3000/hook');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--forward: must not contain a user name or password; use --header');
  }
  return url;
}

function toUrl(text: string, fallback: URL): URL {
  return URL.canParse(text) ? new URL(text) : fallback;
}

/** `a,b.*` and repeated options. */
function toTypes(texts: readonly string[] | undefined): readonly string[] | undefined {
  const types = texts?.flatMap((text) => text.split(',')).map((type) => type.trim());
  if (types?.some((type) => type === '') === true) {
    throw new UsageError('--types: must be event types or patterns, such as user.ban,license.*');
  }
  return types;
}

function toHeaders(
  texts: readonly string[],
  webhook: WebhookView | undefined,
): Readonly<Record<string, string>> {
  const own = texts.map((text) => {
    const [, name, value] = /^([^:=]+)[:=]\s*(.*)$/s.exec(text) ?? [];
    // Without the text, because a header can be a secret.
    if (name === undefined || value === undefined) {
      throw new UsageError('--header: must be a name and a value, such as "x-team: billing"');
    }
    return [name.trim().toLowerCase(), value] as const;
  });
  const ofWebhook = Object.entries(webhook?.headers ?? {}).filter(([, value]) => value !== maskText);
  try {
    return checkCustomHeaders(Object.fromEntries([...ofWebhook, ...own]));
  } catch (error) {
    throw new UsageError(`--header: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function toSecret(
  { secret: option }: ListenOptions,
  {
    env,
    appId,
    signing: signedBy,
  }: Pick<Context, 'env'> & {
    readonly appId: string;
    readonly signing: z.output<typeof signing>;
  },
): ListenSecret & { readonly isOwn: boolean } {
  const given = option ?? env[secretVariable] ?? '';
  if (given === '') {
    return { ...deriveSecret(env['TOCSIN_TOKEN'] ?? '', appId, signedBy), isOwn: true };
  }
  const name = option === undefined ? secretVariable : '--secret';
  return { ...parseSecret(given, signedBy, name), isOwn: false };
}

/** Lists what a local request cannot have of a webhook. */
function listDifferences({ id, headers, eventVersions, clientCertificate }: WebhookView): readonly string[] {
  const masked = Object.entries(headers).filter(([, value]) => value === maskText);
  const pinned = Object.entries(eventVersions).map(([type, version]) => `${type} at version ${version}`);
  return [
    ...(masked.length === 0
      ? []
      : [
          `the key may not read the headers ${masked.map(([name]) => name).join(', ')} of ${id}; add them with --header`,
        ]),
    ...(pinned.length === 0 ? [] : [`${id} gets ${pinned.join(', ')}; the newest version is forwarded`]),
    ...(clientCertificate === null ? [] : [`no client certificate is sent, other than by ${id}`]),
  ];
}

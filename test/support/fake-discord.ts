import type { Clock } from '../../server/src/domain/ports/runtime.ts';
import {
  codePoints,
  isRecord,
  parseJson,
  startFakeDestination,
  unknownKeys,
  type FakeResponse,
  type FakeDestination,
  type ReceivedRequest,
} from './fake-destination.ts';

export interface FakeDiscordOptions {
  /** The rate limit of the webhook. Discord does not publish its own, so the sender must not know it. */
  readonly allow?: { readonly requests: number; readonly perMs: number };
  /** @default the system's time */
  readonly clock?: Clock;
}

export interface FakeDiscord extends FakeDestination {
  /** The webhook's URL, without a query. */
  readonly url: string;
  /** The URLs of other webhooks, each with its own rate limit. */
  readonly otherUrls: readonly string[];
  /** Bodies of the posted messages, in order. */
  readonly messages: readonly unknown[];
  /** Responses with 401, 403 or 429. Discord bans an address after 10,000 of them in ten minutes. */
  readonly invalidRequests: number;
  /** Simulates that the webhook was deleted in Discord. */
  removeWebhook(): void;
  /** Responds like this to the requests for which it returns something. Undefined: as usual. */
  override(respond: ((request: ReceivedRequest) => FakeResponse | undefined) | undefined): void;
}

const id = '1234567890';
const token = 'abcdefg_HIJ-klm';
const otherIds = Array.from({ length: 19 }, (_, index) => `${20_000 + index}`);
const path = /^\/api(?:\/v\d{1,2})?\/webhooks\/([^/]+)\/([^/]+)(\/slack)?$/;

/**
 * A strict fake of Discord's "Execute Webhook", with its documented limits, error codes and rate limit
 * headers.
 */
export async function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const messages: unknown[] = [];
  const rateLimits = new Map(
    [id, ...otherIds].map((webhookId) => [
      webhookId,
      createRateLimit(options.allow ?? { requests: 1000, perMs: 1000 }),
    ]),
  );
  let isRemoved = false;
  let findOverride: (request: ReceivedRequest) => FakeResponse | undefined = () => undefined;
  let invalidRequests = 0;

  function respond(request: ReceivedRequest): FakeResponse {
    const [, givenId, givenToken, slack] = path.exec(request.path) ?? [];
    if (givenId === undefined) return failure(404, 0, '404: Not Found');
    if (request.method !== 'POST') return failure(405, 0, '405: Method Not Allowed');
    const rateLimit = rateLimits.get(givenId);
    if (isRemoved || rateLimit === undefined) return failure(404, 10015, 'Unknown Webhook');
    if (givenToken !== token) return failure(401, 50027, 'Invalid Webhook Token');
    const rate = rateLimit.take(request.at);
    if (rate.isExceeded) return tooMany(rate);
    const response =
      slack === undefined ? post(request, messages) : postSlackBody(parseJson(request.body), messages);
    return { ...response, headers: { ...response.headers, ...rate.headers } };
  }

  const server = await startFakeDestination((request) => {
    const response = findOverride(request) ?? respond(request);
    if ([401, 403, 429].includes(response.status)) invalidRequests++;
    return response;
  }, options.clock);
  return {
    ...server,
    url: `${server.origin}/api/webhooks/${id}/${token}`,
    otherUrls: otherIds.map((otherId) => `${server.origin}/api/webhooks/${otherId}/${token}`),
    messages,
    get invalidRequests() {
      return invalidRequests;
    },
    removeWebhook() {
      isRemoved = true;
    },
    override(found) {
      findOverride = found ?? (() => undefined);
    },
  };
}

function post(request: ReceivedRequest, messages: unknown[]): FakeResponse {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return failure(400, 50035, 'Invalid Form Body');
  }
  if ((request.headers['user-agent'] ?? '') === '') return { status: 403, body: 'error code: 1010' };
  const body = parseJson(request.body);
  if (body === undefined) return failure(400, 50109, 'The request body contains invalid JSON.');
  if (!isRecord(body) || (!hasText(body['content']) && !isNonEmptyArray(body['embeds']))) {
    return failure(400, 50006, 'Cannot send an empty message');
  }
  const problems = discordProblems(body);
  if (problems.length > 0) return failure(400, 50035, 'Invalid Form Body', problems);
  messages.push(body);
  if (request.query.get('wait') !== 'true') return { status: 204 };
  return json(200, { id: String(messages.length), channel_id: '1', webhook_id: id, ...body });
}

/** Discord uses the text and the legacy attachments of a Slack body, and ignores its blocks. */
function postSlackBody(body: unknown, messages: unknown[]): FakeResponse {
  if (!isRecord(body) || !hasText(body['text'])) return failure(400, 50006, 'Cannot send an empty message');
  messages.push(body);
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'ok' };
}

/** Returns every violation of a documented rule; empty if Discord would post the body. */
export function discordProblems(body: unknown): string[] {
  if (!isRecord(body)) return ['body: not an object'];
  const problems = unknownKeys(body, ['username', 'embeds', 'allowed_mentions', 'content']).map(
    (key) => `${key}: not a field of a webhook's message`,
  );
  const { username, content, embeds, allowed_mentions: allowed } = body;
  if (content !== undefined) problems.push(...textProblems('content', content, 2000));
  if (username !== undefined) problems.push(...usernameProblems(username));
  // Stricter than Discord: our messages must never allow mentions.
  if (!isRecord(allowed) || JSON.stringify(allowed) !== '{"parse":[]}') {
    problems.push('allowed_mentions: allows mentions');
  }
  if (!Array.isArray(embeds) || embeds.length < 1 || embeds.length > 10) {
    return [...problems, 'embeds: not 1 to 10'];
  }
  const list: unknown[] = embeds;
  problems.push(...list.flatMap((embed, index) => embedProblems(`embeds.${index}`, embed)));
  const sum = list.map(measureEmbed).reduce((total, length) => total + length, 0);
  if (sum > 6000) problems.push(`embeds: ${sum} characters in total, over 6000`);
  return problems;
}

function embedProblems(at: string, embed: unknown): string[] {
  if (!isRecord(embed)) return [`${at}: not an object`];
  const { title, description, color, fields, footer, timestamp } = embed;
  const problems = unknownKeys(embed, ['title', 'description', 'color', 'fields', 'footer', 'timestamp']).map(
    (key) => `${at}.${key}: cannot be set by a webhook`,
  );
  if (title === undefined && description === undefined) problems.push(`${at}: empty`);
  if (title !== undefined) problems.push(...textProblems(`${at}.title`, title, 256));
  if (description !== undefined) problems.push(...textProblems(`${at}.description`, description, 4096));
  if (!Number.isInteger(color) || Number(color) < 0 || Number(color) > 0xffffff) {
    problems.push(`${at}.color: not 0 to 0xFFFFFF`);
  }
  if (footer !== undefined) {
    problems.push(...textProblems(`${at}.footer.text`, isRecord(footer) ? footer['text'] : footer, 2048));
  }
  if (timestamp !== undefined && !isTimestamp(timestamp)) problems.push(`${at}.timestamp: not ISO 8601`);
  if (fields !== undefined) problems.push(...fieldsProblems(`${at}.fields`, fields));
  return problems;
}

function fieldsProblems(at: string, fields: unknown): string[] {
  if (!Array.isArray(fields) || fields.length > 25) return [`${at}: not 25 or fewer`];
  const list: unknown[] = fields;
  return list.flatMap((field, index) => {
    if (!isRecord(field)) return [`${at}.${index}: not an object`];
    return [
      ...unknownKeys(field, ['name', 'value', 'inline']).map((key) => `${at}.${index}.${key}: unknown`),
      ...textProblems(`${at}.${index}.name`, field['name'], 256),
      ...textProblems(`${at}.${index}.value`, field['value'], 1024),
      ...(typeof field['inline'] === 'boolean' ? [] : [`${at}.${index}.inline: not a boolean`]),
    ];
  });
}

function textProblems(at: string, value: unknown, max: number): string[] {
  if (typeof value !== 'string') return [`${at}: not a string`];
  const length = codePoints(value.trim());
  if (length === 0) return [`${at}: empty`];
  return length > max ? [`${at}: ${length} characters, over ${max}`] : [];
}

function usernameProblems(username: unknown): string[] {
  if (typeof username !== 'string') return ['username: not a string'];
  const isTaken = /clyde|discord/i.test(username) || /^(everyone|here)$/i.test(username.trim());
  return isTaken ? ['username: not allowed'] : textProblems('username', username, 80);
}

function measureEmbed(embed: unknown): number {
  if (!isRecord(embed)) return 0;
  const fields: unknown[] = Array.isArray(embed['fields']) ? embed['fields'] : [];
  const texts = [
    embed['title'],
    embed['description'],
    isRecord(embed['footer']) ? embed['footer']['text'] : undefined,
    ...fields.flatMap((field) => (isRecord(field) ? [field['name'], field['value']] : [])),
  ];
  return texts.reduce<number>(
    (sum, text) => sum + (typeof text === 'string' ? codePoints(text.trim()) : 0),
    0,
  );
}

function isTimestamp(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

interface RateLimitState {
  readonly isExceeded: boolean;
  readonly resetAfterSeconds: number;
  readonly headers: Record<string, string>;
}

/** A window that starts with its first request. Rejected requests do not extend it. */
function createRateLimit(allow: { readonly requests: number; readonly perMs: number }): {
  take(now: number): RateLimitState;
} {
  let windowEnd = 0;
  let used = 0;
  return {
    take(now) {
      if (now >= windowEnd) {
        windowEnd = now + allow.perMs;
        used = 0;
      }
      const isExceeded = used >= allow.requests;
      if (!isExceeded) used++;
      const resetAfterSeconds = (windowEnd - now) / 1000;
      return {
        isExceeded,
        resetAfterSeconds,
        headers: {
          'X-RateLimit-Limit': String(allow.requests),
          'X-RateLimit-Remaining': String(allow.requests - used),
          'X-RateLimit-Reset': (windowEnd / 1000).toFixed(3),
          'X-RateLimit-Reset-After': resetAfterSeconds.toFixed(3),
          'X-RateLimit-Bucket': 'fake-bucket',
        },
      };
    },
  };
}

/** A 429 of the global limit, which covers the address of the sender. */
export function globalLimit(seconds: number): FakeResponse {
  return json(
    429,
    { message: 'You are being rate limited.', retry_after: seconds, global: true },
    {
      'Retry-After': String(Math.ceil(seconds)),
      'X-RateLimit-Global': 'true',
      'X-RateLimit-Scope': 'global',
    },
  );
}

/** The page of Cloudflare, which blocks the address of the sender before Discord sees the request. */
export function cloudflareBlock(seconds: number): FakeResponse {
  return {
    status: 429,
    headers: {
      'Content-Type': 'text/html; charset=UTF-8',
      Server: 'cloudflare',
      'Retry-After': String(seconds),
    },
    body: '<!DOCTYPE html><html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head><body><h1><span class="cf-error-type">Error</span> <span class="cf-error-code">1015</span></h1><p>You are being rate limited</p></body></html>',
  };
}

/** A 429 of the limit of one webhook. */
export function webhookLimit(seconds: number): FakeResponse {
  return tooMany({ isExceeded: true, resetAfterSeconds: seconds, headers: { 'X-RateLimit-Remaining': '0' } });
}

/** An error of Discord's API, by its status and code. */
export function discordError(status: number, code: number, message: string): FakeResponse {
  return failure(status, code, message);
}

function tooMany(rate: RateLimitState): FakeResponse {
  return json(
    429,
    { message: 'You are being rate limited.', retry_after: rate.resetAfterSeconds, global: false },
    {
      ...rate.headers,
      'Retry-After': String(Math.ceil(rate.resetAfterSeconds)),
      'X-RateLimit-Scope': 'user',
    },
  );
}

function failure(
  status: number,
  code: number,
  message: string,
  problems: readonly string[] = [],
): FakeResponse {
  if (problems.length === 0) return json(status, { message, code });
  const errors = problems.map((problem) => ({ code: 'BASE_TYPE_INVALID', message: problem }));
  return json(status, { message, code, errors: { _errors: errors } });
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): FakeResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

function hasText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isNonEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

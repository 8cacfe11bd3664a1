import type { Clock } from '../../server/src/domain/ports/runtime.ts';
import {
  codePoints,
  isRecord,
  parseJson,
  startFakeDestination,
  unknownKeys,
  type FakeAnswer,
  type FakeDestination,
  type ReceivedRequest,
} from './fake-destination.ts';

export interface FakeDiscordOptions {
  /** The webhook's bucket. Discord's staff named 5 per 2 s; a real sender must not know it. */
  readonly allow?: { readonly requests: number; readonly perMs: number };
  /** Of the bucket. @default the system's */
  readonly clock?: Clock;
}

export interface FakeDiscord extends FakeDestination {
  /** The webhook's URL, without a query. */
  readonly url: string;
  /** Bodies of the messages that were posted, in order. */
  readonly messages: readonly unknown[];
  /** Requests answered 401, 403 or 429: 10,000 of them in ten minutes get an address banned. */
  readonly invalidRequests: number;
  /** As if the webhook was deleted in Discord. */
  removeWebhook(): void;
}

const id = '1234567890';
const token = 'abcdefg_HIJ-klm';
const path = /^\/api(?:\/v\d{1,2})?\/webhooks\/([^/]+)\/([^/]+)(\/slack)?$/;

/** Discord's "Execute Webhook", with its limits, error codes and rate headers as they are documented. */
export async function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const messages: unknown[] = [];
  const bucket = createBucket(
    options.allow ?? { requests: 1000, perMs: 1000 },
    options.clock ?? { now: Date.now },
  );
  let isRemoved = false;
  let invalidRequests = 0;

  function answer(request: ReceivedRequest): FakeAnswer {
    const [, givenId, givenToken, slack] = path.exec(request.path) ?? [];
    if (givenId === undefined) return failure(404, 0, '404: Not Found');
    if (request.method !== 'POST') return failure(405, 0, '405: Method Not Allowed');
    if (isRemoved || givenId !== id) return failure(404, 10015, 'Unknown Webhook');
    if (givenToken !== token) return failure(401, 50027, 'Invalid Webhook Token');
    const rate = bucket.take();
    if (rate.isRefused) return tooMany(rate);
    const judged =
      slack === undefined ? judge(request, messages) : judgeSlackShaped(parseJson(request.body), messages);
    return { ...judged, headers: { ...judged.headers, ...rate.headers } };
  }

  const server = await startFakeDestination((request) => {
    const given = answer(request);
    if ([401, 403, 429].includes(given.status)) invalidRequests++;
    return given;
  });
  return {
    ...server,
    url: `${server.origin}/api/webhooks/${id}/${token}`,
    messages,
    get invalidRequests() {
      return invalidRequests;
    },
    removeWebhook() {
      isRemoved = true;
    },
  };
}

function judge(request: ReceivedRequest, messages: unknown[]): FakeAnswer {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return failure(400, 50035, 'Invalid Form Body');
  }
  if ((request.headers['user-agent'] ?? '') === '') return { status: 403, body: 'error code: 1010' };
  const body = parseJson(request.body);
  if (body === undefined) return failure(400, 50109, 'The request body contains invalid JSON.');
  if (!isRecord(body) || (!hasText(body['content']) && !isFilled(body['embeds']))) {
    return failure(400, 50006, 'Cannot send an empty message');
  }
  const problems = discordProblems(body);
  if (problems.length > 0) return failure(400, 50035, 'Invalid Form Body', problems);
  messages.push(body);
  if (request.query.get('wait') !== 'true') return { status: 204 };
  return json(200, { id: String(messages.length), channel_id: '1', webhook_id: id, ...body });
}

/** Discord reads of Slack's body the text and the old attachments, not the blocks. */
function judgeSlackShaped(body: unknown, messages: unknown[]): FakeAnswer {
  if (!isRecord(body) || !hasText(body['text'])) return failure(400, 50006, 'Cannot send an empty message');
  messages.push(body);
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'ok' };
}

/** Every way in which a body breaks a documented rule; empty when Discord would post it. */
export function discordProblems(body: unknown): string[] {
  if (!isRecord(body)) return ['body: not an object'];
  const problems = unknownKeys(body, ['username', 'embeds', 'allowed_mentions', 'content']).map(
    (key) => `${key}: not a field of a webhook's message`,
  );
  const { username, content, embeds, allowed_mentions: allowed } = body;
  if (content !== undefined) problems.push(...textProblems('content', content, 2000));
  if (username !== undefined) problems.push(...usernameProblems(username));
  // Rejects messages that could mention users, because the server must never send one.
  if (!isRecord(allowed) || JSON.stringify(allowed) !== '{"parse":[]}') {
    problems.push('allowed_mentions: lets mentions through');
  }
  if (!Array.isArray(embeds) || embeds.length < 1 || embeds.length > 10) {
    return [...problems, 'embeds: not 1 to 10'];
  }
  const list: unknown[] = embeds;
  problems.push(...list.flatMap((embed, index) => embedProblems(`embeds.${index}`, embed)));
  const sum = list.map(lengthOfEmbed).reduce((total, length) => total + length, 0);
  if (sum > 6000) problems.push(`embeds: ${sum} characters in all, over 6000`);
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
  if (timestamp !== undefined && !isInstant(timestamp)) problems.push(`${at}.timestamp: not ISO 8601`);
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

function lengthOfEmbed(embed: unknown): number {
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

function isInstant(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

interface Taken {
  readonly isRefused: boolean;
  readonly resetAfterSeconds: number;
  readonly headers: Record<string, string>;
}

/** A window that begins with its first request. Refused requests do not prolong it. */
function createBucket(
  allow: { readonly requests: number; readonly perMs: number },
  clock: Clock,
): { take(): Taken } {
  let windowEnd = 0;
  let used = 0;
  return {
    take() {
      const now = clock.now();
      if (now >= windowEnd) {
        windowEnd = now + allow.perMs;
        used = 0;
      }
      const isRefused = used >= allow.requests;
      if (!isRefused) used++;
      const resetAfterSeconds = (windowEnd - now) / 1000;
      return {
        isRefused,
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

function tooMany(rate: Taken): FakeAnswer {
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
): FakeAnswer {
  if (problems.length === 0) return json(status, { message, code });
  const errors = problems.map((problem) => ({ code: 'BASE_TYPE_INVALID', message: problem }));
  return json(status, { message, code, errors: { _errors: errors } });
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): FakeAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

function hasText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

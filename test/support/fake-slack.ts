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

export interface FakeSlackOptions {
  /** Messages in one second before it returns 429. Slack promises one; its bursts are not to be relied on. */
  readonly perSecond?: number;
}

/** How a real Slack says that a webhook is over. */
type SlackEnd = 'no_service' | 'channel_is_archived' | 'invalid_token';

export interface FakeSlack extends FakeDestination {
  /** An incoming webhook's URL. */
  readonly url: string;
  /** A workflow trigger's URL. */
  readonly workflowUrl: string;
  readonly messages: readonly unknown[];
  end(word: SlackEnd): void;
}

const endStatus = {
  no_service: 404,
  channel_is_archived: 410,
  invalid_token: 403,
} as const satisfies Record<SlackEnd, number>;

const messagePath = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
const workflowPath = '/triggers/T00000000/1234567890/abcdef0123456789';

/** Slack's incoming webhooks and workflow triggers, with their limits and one-word errors. */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const messages: unknown[] = [];
  const perSecond = options.perSecond ?? 1000;
  const lately: number[] = [];
  let ended: SlackEnd | undefined;

  function answer(request: ReceivedRequest): FakeAnswer {
    const isWorkflow = request.path === workflowPath;
    if (!isWorkflow && request.path !== messagePath) return word(404, 'no_service');
    if (request.method !== 'POST') return word(400, 'invalid_payload');
    if (ended !== undefined) return word(endStatus[ended], ended);
    while (lately[0] !== undefined && lately[0] <= request.at - 1000) lately.shift();
    if (lately.length >= perSecond) {
      return { ...word(429, 'rate_limited'), headers: { 'Content-Type': 'text/plain', 'Retry-After': '1' } };
    }
    lately.push(request.at);
    return isWorkflow ? judgeWorkflow(request, messages) : judgeMessage(request, messages);
  }

  const server = await startFakeDestination(answer);
  return {
    ...server,
    url: server.origin + messagePath,
    workflowUrl: server.origin + workflowPath,
    messages,
    end(how) {
      ended = how;
    },
  };
}

function judgeMessage(request: ReceivedRequest, messages: unknown[]): FakeAnswer {
  const body = parseJson(request.body);
  if (!isRecord(body)) return word(400, 'invalid_payload');
  if (body['text'] === undefined && body['blocks'] === undefined && body['attachments'] === undefined) {
    return word(400, 'no_text');
  }
  const problems = slackProblems(body);
  if (problems.some((problem) => problem.startsWith('attachments'))) return word(400, 'invalid_attachments');
  if (problems.length > 0) return word(400, 'invalid_blocks');
  messages.push(body);
  return word(200, 'ok');
}

function judgeWorkflow(request: ReceivedRequest, messages: unknown[]): FakeAnswer {
  const body = parseJson(request.body);
  const isValid = slackWorkflowProblems(body).length === 0;
  if (isValid) messages.push(body);
  return {
    status: isValid ? 200 : 400,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(isValid ? { ok: true } : { ok: false, error: 'invalid_input_format' }),
  };
}

/** A trigger takes one flat object of texts. */
export function slackWorkflowProblems(body: unknown): string[] {
  if (!isRecord(body)) return ['body: not an object'];
  return Object.entries(body).flatMap(([key, value]) => {
    if (typeof value !== 'string') return [`${key}: not a string`];
    if (value === '') return [`${key}: empty`];
    if (/<[!@#]|@(everyone|here|channel)/i.test(value)) return [`${key}: a mention`];
    return codePoints(value) > 3000 ? [`${key}: over 3000`] : [];
  });
}

/** Returns every documented rule that a body breaks, and every mention; empty if Slack would post it. */
export function slackProblems(body: unknown): string[] {
  if (!isRecord(body)) return ['body: not an object'];
  const problems = unknownKeys(body, ['text', 'blocks', 'attachments']).map((key) => `${key}: unknown`);
  const { text, blocks, attachments } = body;
  problems.push(...stringProblems('text', text, 4000));
  if (blocks !== undefined) problems.push(...blocksProblems('blocks', blocks));
  if (attachments !== undefined) problems.push(...attachmentsProblems(attachments));
  const sum = textsIn(blocks).concat(textsIn(attachments)).map(codePoints);
  const total = sum.reduce((length, next) => length + next, 0);
  if (total > 12_000) problems.push(`blocks: ${total} characters in all, msg_blocks_too_long`);
  return problems;
}

function attachmentsProblems(attachments: unknown): string[] {
  if (!Array.isArray(attachments) || attachments.length > 20) return ['attachments: not 20 or fewer'];
  const list: unknown[] = attachments;
  return list.flatMap((attachment, index) => {
    const at = `attachments.${index}`;
    if (!isRecord(attachment)) return [`${at}: not an object`];
    const { color, fallback, blocks } = attachment;
    return [
      // Slack rejects any other old field beside blocks as invalid_attachments.
      ...unknownKeys(attachment, ['color', 'fallback', 'blocks']).map(
        (key) => `${at}.${key}: not with blocks`,
      ),
      ...(typeof color === 'string' && /^#[0-9A-F]{6}$/i.test(color) ? [] : [`${at}.color: not #RRGGBB`]),
      ...stringProblems(`${at}.fallback`, fallback, 4000),
      ...blocksProblems(`${at}.blocks`, blocks),
    ];
  });
}

function blocksProblems(at: string, blocks: unknown): string[] {
  if (!Array.isArray(blocks) || blocks.length < 1 || blocks.length > 50) return [`${at}: not 1 to 50`];
  const list: unknown[] = blocks;
  return list.flatMap((block, index) => blockProblems(`${at}.${index}`, block));
}

function blockProblems(at: string, block: unknown): string[] {
  if (!isRecord(block)) return [`${at}: not an object`];
  switch (block['type']) {
    case 'header':
      return [
        ...unknownKeys(block, ['type', 'text']).map((key) => `${at}.${key}: unknown`),
        ...textProblems(`${at}.text`, block['text'], 150, 'plain_text'),
      ];
    case 'section': {
      const problems = unknownKeys(block, ['type', 'text', 'fields']).map((key) => `${at}.${key}: unknown`);
      if (block['text'] === undefined && block['fields'] === undefined) problems.push(`${at}: empty`);
      if (block['text'] !== undefined) problems.push(...textProblems(`${at}.text`, block['text'], 3000));
      if (block['fields'] !== undefined)
        problems.push(...listProblems(`${at}.fields`, block['fields'], 2000));
      return problems;
    }
    case 'context':
      return [
        ...unknownKeys(block, ['type', 'elements']).map((key) => `${at}.${key}: unknown`),
        ...listProblems(`${at}.elements`, block['elements'], 3000),
      ];
    default:
      return [`${at}.type: unknown`];
  }
}

function listProblems(at: string, list: unknown, max: number): string[] {
  if (!Array.isArray(list) || list.length < 1 || list.length > 10) return [`${at}: not 1 to 10`];
  const texts: unknown[] = list;
  return texts.flatMap((text, index) => textProblems(`${at}.${index}`, text, max));
}

function textProblems(at: string, text: unknown, max: number, type?: 'plain_text'): string[] {
  if (!isRecord(text)) return [`${at}: not an object`];
  const known = text['type'] === 'plain_text' ? ['type', 'text', 'emoji'] : ['type', 'text', 'verbatim'];
  const problems = unknownKeys(text, known).map((key) => `${at}.${key}: unknown`);
  if (text['type'] !== 'plain_text' && text['type'] !== 'mrkdwn') problems.push(`${at}.type: unknown`);
  if (type !== undefined && text['type'] !== type) problems.push(`${at}.type: not ${type}`);
  return [...problems, ...stringProblems(at, text['text'], max)];
}

function stringProblems(at: string, value: unknown, max: number): string[] {
  if (typeof value !== 'string') return [`${at}: not a string`];
  const problems: string[] = [];
  if (value.trim() === '') problems.push(`${at}: empty`);
  if (codePoints(value) > max) problems.push(`${at}: ${codePoints(value)} characters, over ${max}`);
  // The server writes no links, so every open angle bracket would be a mention or link from the event.
  if (/[<>]|&(?!amp;|lt;|gt;)/.test(value)) problems.push(`${at}: not escaped`);
  if (/@(everyone|here|channel)/i.test(value)) problems.push(`${at}: a mention`);
  return problems;
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner),
  );
}

function word(status: number, body: string): FakeAnswer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
}

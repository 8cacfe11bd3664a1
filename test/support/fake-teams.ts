import {
  isRecord,
  parseJson,
  startFakeDestination,
  unknownKeys,
  type FakeAnswer,
  type FakeDestination,
  type ReceivedRequest,
} from './fake-destination.ts';

export interface FakeTeams extends FakeDestination {
  /** A workflow's URL as Power Automate gives it out: with `sig`. */
  readonly url: string;
  readonly messages: readonly unknown[];
}

export interface FakeTeamsOptions {
  /** Requests in one second before it returns 429. Teams throttles above four. */
  readonly perSecond?: number;
}

const workflowPath = '/workflows/0123456789abcdef/triggers/manual/paths/invoke';
const maxBytes = 28 * 1024;

/** A Teams workflow "When a Teams webhook request is received". Answers 202 for what it started. */
export async function startFakeTeams(options: FakeTeamsOptions = {}): Promise<FakeTeams> {
  const messages: unknown[] = [];
  const perSecond = options.perSecond ?? 1000;
  const lately: number[] = [];

  function answer(request: ReceivedRequest): FakeAnswer {
    if (request.path !== workflowPath) return problem(404, 'WorkflowNotFound');
    if (request.query.get('sig') !== 'fake-signature') return problem(401, 'DirectApiAuthorizationRequired');
    while (lately[0] !== undefined && lately[0] <= request.at - 1000) lately.shift();
    if (lately.length >= perSecond)
      return { ...problem(429, 'TooManyRequests'), headers: { 'Retry-After': '1' } };
    lately.push(request.at);
    if (Buffer.byteLength(request.body) > maxBytes) return problem(413, 'RequestEntityTooLarge');
    const body = parseJson(request.body);
    if (teamsProblems(body).length > 0) return problem(400, 'InvalidRequestContent');
    messages.push(body);
    return { status: 202 };
  }

  const server = await startFakeDestination(answer);
  return {
    ...server,
    url: `${server.origin}${workflowPath}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=fake-signature`,
    messages,
  };
}

/** Every way in which a body is not a message with one Adaptive Card 1.4 made of the elements that we use. */
export function teamsProblems(body: unknown): string[] {
  if (!isRecord(body)) return ['body: not an object'];
  const problems = unknownKeys(body, ['type', 'attachments']).map((key) => `${key}: unknown`);
  if (body['type'] !== 'message') problems.push('type: not message');
  const attachments: unknown = body['attachments'];
  if (!Array.isArray(attachments) || attachments.length !== 1) return [...problems, 'attachments: not one'];
  const attachment: unknown = attachments[0];
  if (!isRecord(attachment)) return [...problems, 'attachment: not an object'];
  if (attachment['contentType'] !== 'application/vnd.microsoft.card.adaptive')
    problems.push('contentType: wrong');
  if (attachment['contentUrl'] !== null) problems.push('contentUrl: not null');
  return [...problems, ...cardProblems(attachment['content'])];
}

function cardProblems(card: unknown): string[] {
  if (!isRecord(card)) return ['content: not an object'];
  const problems = unknownKeys(card, ['$schema', 'type', 'version', 'fallbackText', 'msteams', 'body']).map(
    (key) => `content.${key}: unknown`,
  );
  if (card['$schema'] !== 'http://adaptivecards.io/schemas/adaptive-card.json')
    problems.push('$schema: wrong');
  if (card['type'] !== 'AdaptiveCard') problems.push('content.type: not AdaptiveCard');
  if (card['version'] !== '1.4') problems.push('content.version: not 1.4');
  return [
    ...problems,
    ...stringProblems('fallbackText', card['fallbackText']),
    ...list('body', card['body']),
  ];
}

function list(at: string, elements: unknown): string[] {
  if (!Array.isArray(elements) || elements.length === 0) return [`${at}: empty`];
  const all: unknown[] = elements;
  return all.flatMap((element, index) => elementProblems(`${at}.${index}`, element));
}

/** The properties that each element has in version 1.4, as far as we use them. */
const properties: Readonly<Record<string, readonly string[]>> = {
  Container: ['style', 'bleed', 'items'],
  ColumnSet: ['spacing', 'columns'],
  Column: ['width', 'items'],
  TextBlock: ['text', 'size', 'weight', 'wrap'],
  RichTextBlock: ['inlines'],
  TextRun: ['text', 'weight', 'isSubtle', 'size', 'fontType'],
};

const choices: Readonly<Record<string, readonly unknown[]>> = {
  style: ['default', 'emphasis', 'good', 'attention', 'warning', 'accent'],
  bleed: [true, false],
  spacing: ['default', 'none', 'small', 'medium', 'large', 'extraLarge', 'padding', 'Small'],
  size: ['Default', 'Small', 'Medium', 'Large', 'ExtraLarge'],
  weight: ['Default', 'Lighter', 'Bolder'],
  isSubtle: [true, false],
  fontType: ['Default', 'Monospace'],
  wrap: [true], // also false in Teams, where it cuts the text off: never wanted
};

function elementProblems(at: string, element: unknown): string[] {
  if (!isRecord(element)) return [`${at}: not an object`];
  const type = String(element['type']);
  const known = properties[type];
  if (known === undefined) return [`${at}.type: ${type} is unknown`];
  const problems = unknownKeys(element, ['type', ...known]).map((key) => `${at}.${key}: unknown`);
  for (const [key, allowed] of Object.entries(choices)) {
    if (element[key] !== undefined && !allowed.includes(element[key])) problems.push(`${at}.${key}: wrong`);
  }
  if (type === 'TextBlock' && element['wrap'] !== true) problems.push(`${at}.wrap: missing`);
  if (known.includes('text')) problems.push(...stringProblems(`${at}.text`, element['text']));
  for (const key of ['items', 'columns', 'inlines']) {
    if (known.includes(key)) problems.push(...list(`${at}.${key}`, element[key]));
  }
  return problems;
}

function stringProblems(at: string, value: unknown): string[] {
  if (typeof value !== 'string') return [`${at}: not a string`];
  if (value.trim() === '') return [`${at}: empty`];
  if (/<[/!@#\p{L}]/u.test(value)) return [`${at}: a tag`];
  return /@(everyone|here|channel)/i.test(value) ? [`${at}: a mention`] : [];
}

function problem(status: number, code: string): FakeAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ error: { code, message: code } }),
  };
}

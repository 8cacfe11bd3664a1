import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../server/src/transport/rest/v2/routes.ts';

/*
 * What an editor shows: the quick info of the language service, in a program that uses the sources of the client.
 * The `typescript` of this repository is a version with the language service as a library.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = join(root, 'test/package/hovered-program.ts');

/** The procedures of the client, without those that are methods of the client itself. */
const procedures = Object.entries(routes)
  .filter(([name]) => name !== 'events.publish' && name !== 'events.publishMany' && !name.startsWith('feed.'))
  .map(([name, { method }]) => ({ name, call: method === 'GET' ? 'query' : 'mutate' }));

const lines = [
  "import { createTocsinClient, type DeliveryView, type NewWebhook } from '@tocsin/client';",
  "import { verify } from '@tocsin/client/receiver';",
  "const tocsin = createTocsinClient({ url: '', token: '' });",
  'declare const delivery: DeliveryView;',
  'declare const given: NewWebhook;',
  'declare const request: Request;',
  "void tocsin.publish('user.ban', undefined as never);",
  "void verify(request, { secret: '' });",
  'void tocsin.deliveries.list.iterate({});',
  "void tocsin.events.subscribe({ types: ['user.ban'] });",
  'void delivery.reason;',
  'void given.rateLimit;',
  'void (await tocsin.system.stats.query()).queue.dueNow;',
  ...procedures.map(({ name, call }) => `void tocsin.${name}.${call}(undefined as never);`),
];
const text = lines.join('\n');

let service: ts.LanguageService;

beforeAll(() => {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    module: ts.ModuleKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    customConditions: ['@tocsin/source'],
  };
  service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const content = path === file ? text : ts.sys.readFile(path);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => path === file || ts.sys.fileExists(path),
    readFile: (path) => (path === file ? text : ts.sys.readFile(path)),
    directoryExists: (path) => ts.sys.directoryExists(path),
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
  });
}, 120_000);

interface Hover {
  readonly type: string;
  readonly doc: string;
}

/** The hover over the last name of an expression. */
function hover(expression: string): Hover {
  // Not the beginning of a longer name.
  const isWhole = (at: number) => !/\w/.test(text[at + expression.length] ?? '');
  let start = text.indexOf(expression);
  while (start >= 0 && !isWhole(start)) start = text.indexOf(expression, start + 1);
  const at = start + expression.lastIndexOf('.') + 1;
  const info = service.getQuickInfoAtPosition(file, at);
  if (start < 0 || info === undefined) throw new Error(`nothing to hover: ${expression}`);
  return {
    type: ts.displayPartsToString(info.displayParts),
    doc: ts.displayPartsToString(info.documentation),
  };
}

describe('a hover', { timeout: 120_000 }, () => {
  it('is over a program that compiles', () => {
    const errors = service.getSemanticDiagnostics(file).map(({ messageText }) => messageText);
    expect(errors).toEqual([]);
  });

  it.each(procedures)('over $name shows named types and the documentation', ({ name, call }) => {
    const over = { procedure: hover(`tocsin.${name}`), call: hover(`tocsin.${name}.${call}`) };
    for (const { type, doc } of Object.values(over)) {
      expect(doc).toMatch(/^[A-Z].+\.$/s);
      // An anonymous object would be written out.
      expect(type).not.toContain('{');
      expect(type).not.toMatch(/zod|Zod|\.\.\./);
      expect(type.length).toBeLessThan(500);
    }
    expect(over.call.doc).toBe(over.procedure.doc);
  });

  it.each([
    [
      'tocsin.webhooks.create.mutate',
      '(input: NewWebhook<BuiltInEvents>',
      'Promise<CreatedWebhook<BuiltInEvents>>',
    ],
    ['tocsin.deliveries.list.iterate', '(input?: FirstPage<DeliveryFilter>', 'AsyncGenerator<DeliveryView<'],
    ['tocsin.publish', 'event: PublishEvent<"user.ban", BuiltInEvents>', 'Promise<Published>'],
    [
      'tocsin.events.subscribe',
      'input?: SubscribeInput<"user.ban">',
      'StreamEvent<"user.ban", BuiltInEvents>',
    ],
    ['verify(request', 'request: WebhookRequest', 'Promise<UnparsedWebhookEvent<ReceivedBuiltInEvents>>'],
  ])('over %s shows what it takes and returns, and its documentation', (call, input, output) => {
    const { type, doc } = hover(call);
    expect(type).toContain(input);
    expect(type).toContain(output);
    expect(type).not.toContain('{');
    expect(doc).not.toBe('');
  });

  it('over a field shows its meaning, and the name of its type', () => {
    expect(hover('delivery.reason')).toEqual({
      type: '(property) DeliveryView<BuiltInEvents>.reason: DeliveryReason | null',
      doc: 'Why the delivery has its status. Null for `delivered`.',
    });
    expect(hover('given.rateLimit').doc).toBe(
      'Maximum number of requests per second, 0.1 to 10,000. Null for no limit.',
    );
    expect(hover('queue.dueNow')).toEqual({
      type: '(property) StatsQueue.dueNow: number',
      doc: 'Number of pending deliveries that are due.',
    });
  });
});

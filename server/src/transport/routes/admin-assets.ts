import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * The folder of the UI in an installed package, and the one in a checkout. The relative paths are the same from
 * the sources and from the build.
 */
const uiFolders = ['../../../admin', '../../../../admin/dist'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

function isBuiltUi(folder: string): boolean {
  return existsSync(`${folder}/index.html`);
}

/** Paths of the single-page UI. Each serves the same page, which routes on the client. */
const pages = [
  'sign-in',
  'apps',
  'webhooks',
  'deliveries',
  'incidents',
  'events',
  'search',
  'live',
  'catalog',
  'keys',
  'alerts',
  'audit',
] as const;

/**
 * Content security policy of the page. `unsafe-inline` applies to styles only, which menus and dialogs use
 * for their position.
 */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Below these, programs expect errors as JSON, and so do developers who open them in a browser. */
const apiPaths = /^\/(v1|api|trpc|session|assets|demo|docs|metrics)(\/|$)/;

export type SendNotFoundPage = (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply> | undefined;

/**
 * Returns a function that sends the page of the UI, which says that there is no such page, with 404. It returns undefined
 * for requests that are no navigation of a browser, and if the UI was not built.
 */
export function createNotFoundPage(root = uiFolders.find(isBuiltUi)): SendNotFoundPage {
  return (request, reply) => {
    const { method, headers, url } = request;
    const wantsPage = method === 'GET' && (headers.accept ?? '').includes('text/html');
    if (root === undefined || !wantsPage || apiPaths.test(url.split('?', 1)[0] ?? '')) return undefined;
    return sendNotFound(reply, root);
  };
}

async function sendNotFound(reply: FastifyReply, root: string): Promise<FastifyReply> {
  const page = await readFile(`${root}/index.html`);
  return await reply
    .code(404)
    .header('content-security-policy', pagePolicy)
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(page);
}

/** Files next to the page whose names have no hash. */
const files = ['favicon.svg', 'theme.js'] as const;

/** Serves the built admin UI at `/`. Does nothing if it was not built. */
export async function registerAdminAssets(
  app: FastifyInstance,
  root = uiFolders.find(isBuiltUi),
): Promise<void> {
  if (root === undefined || !isBuiltUi(root)) return;
  await app.register(fastifyStatic, {
    root: `${root}/assets`,
    prefix: '/assets/',
    index: false,
    // The build writes a .br and a .gz file next to each file.
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // The names under assets/ contain a hash of the content.
      const isImmutable = path.startsWith(`${root}/assets/`);
      reply.header('cache-control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  const send = (url: string, file: string) => {
    app.get(url, { schema: { hide: true } }, (_request, reply) =>
      reply.header('content-security-policy', pagePolicy).sendFile(file, root, { cacheControl: false }),
    );
  };
  for (const file of files) send(`/${file}`, file);
  send('/', 'index.html');
  for (const page of pages) {
    send(`/${page}`, 'index.html');
    send(`/${page}/*`, 'index.html');
  }
}

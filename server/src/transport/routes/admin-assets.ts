import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The same place from the sources and from the build. */
const builtUi = fileURLToPath(new URL('../../../../admin/dist', import.meta.url));

/** The UI's own paths: each answers the one page, which reads the rest of the path by itself. */
const pages = [
  'sign-in',
  'apps',
  'webhooks',
  'deliveries',
  'events',
  'live',
  'catalogue',
  'keys',
  'audit',
] as const;

/**
 * Everything comes from here and scripts are files; the other headers are those of every answer. `unsafe-inline` is for
 * styles alone: menus and dialogs place themselves by them.
 */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Files beside the page, whose names never change. */
const files = ['favicon.svg', 'theme.js'] as const;

/** Serves the built admin UI at `/`. Does nothing where it was not built. */
export async function registerAdminAssets(app: FastifyInstance, root = builtUi): Promise<void> {
  if (!existsSync(`${root}/index.html`)) return;
  await app.register(fastifyStatic, {
    root: `${root}/assets`,
    prefix: '/assets/',
    index: false,
    // The build leaves a .br and a .gz beside each file.
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // The names under assets/ carry a hash of the content.
      const isForever = path.startsWith(`${root}/assets/`);
      reply.header('cache-control', isForever ? 'public, max-age=31536000, immutable' : 'no-cache');
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

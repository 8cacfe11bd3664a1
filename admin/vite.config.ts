import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The server that `npm run dev` talks to. */
const server = process.env['TOCSIN_URL'] ?? 'http://127.0.0.1:4400';

/**
 * Moves the stylesheet to the end of the page, so that the first frame does not wait for it. The scripts still do, because
 * a stylesheet blocks those after it.
 */
const styleAtEnd: Plugin = {
  name: 'style-at-end',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => {
      const [link = ''] = /<link rel="stylesheet"[^>]*>/.exec(html) ?? [];
      return html.replace(link, '').replace('</body>', `${link}</body>`);
    },
  },
};

/** Loads the font of the first frame with the scripts: text that changes its font late breaks into other lines. */
const preloadFont: Plugin = {
  name: 'preload-font',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) =>
      Object.keys(bundle)
        .filter((name) => /geist-latin-wght-.*\.woff2$/.test(name))
        .map((name) => ({
          tag: 'link',
          attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `/${name}` },
          injectTo: 'head' as const,
        })),
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), styleAtEnd, preloadFont],
  // Resolves the workspaces to their sources, so that they need no build.
  resolve: { conditions: ['@tocsin/source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    // Keep fonts as files: a stylesheet with embedded fonts delays the first paint.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The libraries in the bundle with the texts of their licenses. A release ships them.
    license: { fileName: 'licenses.json' },
    rolldownOptions: {
      output: {
        // Libraries change rarely, so their chunks stay cached across releases.
        codeSplitting: {
          groups: [
            {
              name: 'react',
              test: /node_modules[\\/](react|react-dom|scheduler|wouter|regexparam|use-sync-external-store)[\\/]/,
            },
            { name: 'data', test: /node_modules[\\/](@tanstack|@trpc)[\\/]/ },
            {
              name: 'ui',
              test: /node_modules[\\/](@radix-ui|radix-ui|@floating-ui|aria-hidden|react-remove-scroll)/,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 4480,
    proxy: Object.fromEntries(
      ['/trpc', '/session', '/docs', '/openapi.json'].map((path) => [path, { target: server }]),
    ),
  },
});

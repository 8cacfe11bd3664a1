import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The server that `npm run dev` talks to. */
const server = process.env['TOCSIN_URL'] ?? 'http://127.0.0.1:4400';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Types alone are taken from the other packages, so no build of them is needed.
  resolve: { conditions: ['@tocsin/source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    // Fonts stay files of their own: a stylesheet with fonts inside blocks the first paint for longer.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What rarely changes keeps its name over releases, and so stays in caches.
        codeSplitting: {
          groups: [
            {
              name: 'react',
              test: /node_modules[\\/](react|react-dom|scheduler|wouter|regexparam|use-sync-external-store)[\\/]/,
            },
            { name: 'data', test: /node_modules[\\/](@tanstack|@trpc)[\\/]/ },
            {
              name: 'parts',
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

import type { TestApp } from './app.ts';

/** `GET /v1/apps/:appId/webhooks` and so on, from the tree that fastify prints. */
export function listRegisteredRoutes(http: TestApp['app']['http']): string[] {
  const stack: string[] = [];
  return http
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const match = /^((?:│ {3}| {4})*)(?:├── |└── )(.*?) \(([A-Z, ]+)\)$/.exec(line);
      if (match === null) return [];
      const [, indent = '', part = '', methods = ''] = match;
      stack.length = indent.length / 4;
      stack.push(part);
      return methods.split(', ').map((method) => `${method} ${stack.join('')}`);
    });
}

import type { TestApp } from './app.ts';

/**
 * `GET /v1/apps/:appId/webhooks` and so on, from the tree that fastify prints. A parameter that has two names, as in
 * `/apps/:id` and `/apps/:appId/feed`, is printed with both.
 */
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
      const path = [...stack.slice(0, -1).map(toLastName), toFirstName(part)].join('');
      return methods.split(', ').map((method) => `${method} ${path}`);
    });
}

/** `/:id|:appId` in the path of a route below it. */
function toLastName(part: string): string {
  return part.replace(/:[^/]*\|:/g, ':');
}

/** `/:id|:appId` in the path of the route that ends there. */
function toFirstName(part: string): string {
  return part.replace(/\|:[^/]*/g, '');
}

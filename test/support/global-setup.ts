import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const tests = fileURLToPath(new URL('..', import.meta.url));

type Teardown = () => Promise<void>;

/**
 * Prepares what the kinds of tests of this run need, each once for all of them and all at the same time: most of it
 * waits, and the first test waits for all of it.
 *
 * @param root the project of the whole run, from which the others inherit what it provides
 */
export async function setup(root: TestProject): Promise<Teardown> {
  const kinds = findKinds(root);
  const has = (...some: string[]) => some.some((kind) => kinds.has(kind));
  const teardowns = await Promise.all([
    has('contract', 'integration', 'browser')
      ? import('./global-mongod.ts').then(({ setup: start }) => start(root))
      : undefined,
    has('contract', 'integration', 'e2e')
      ? import('./global-server.ts').then(({ setup: start }) => start(root))
      : undefined,
    has('browser') ? import('./global-browser.ts').then(({ setup: start }) => start()) : undefined,
    prepareClient(root, has),
  ]);
  return async () => {
    await Promise.all(teardowns.map(async (teardown) => await teardown?.()));
  };
}

/** One after the other, because both build the declarations of the packages. */
async function prepareClient(
  root: TestProject,
  has: (kind: string) => boolean,
): Promise<Teardown | undefined> {
  const teardown = has('package')
    ? await import('./global-packed-client.ts').then(({ setup: start }) => start(root))
    : undefined;
  if (has('types')) await import('./global-types.ts').then(({ setup: start }) => start());
  return teardown;
}

/** The folders of `test/` with files of this run. All of them when it watches, because later runs have other files. */
function findKinds({ vitest }: TestProject): ReadonlySet<string> {
  if (vitest.config.watch) return new Set(vitest.projects.map(({ name }) => name));
  return new Set(vitest.state.getPaths().map((path) => relative(tests, path).split(sep)[0] ?? ''));
}

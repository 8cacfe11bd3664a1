import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const dockerfile = read('Dockerfile').replaceAll(/\\\n\s*/g, ' ');

/** What the Dockerfile copies from the repository, in order. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
  sources.split(' ').map((source) => source.replace(/\/$/, '')),
);

interface Pattern {
  readonly isKept: boolean;
  readonly text: string;
  readonly expression: RegExp;
}

const patterns = read('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line): Pattern => {
    const text = line.replace(/^!/, '');
    const expression = text
      .replaceAll('.', '\\.')
      .replaceAll('**/', '(?:.*/)?')
      .replaceAll(/(?<!\.)\*/g, '[^/]*');
    return { isKept: line.startsWith('!'), text, expression: new RegExp(`^${expression}(?:/.*)?$`) };
  });

/** The last pattern that matches a path or a folder above it decides, as in docker. */
function isInContext(path: string): boolean {
  return patterns.findLast(({ expression }) => expression.test(path))?.isKept ?? true;
}

describe('the context of the image', () => {
  it('has everything that the Dockerfile copies', () => {
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(copied.filter((path) => !isInContext(path))).toEqual([]);
  });

  it('has the sources and the settings of every project that the server is compiled with', () => {
    const { references } = JSON.parse(read('server/tsconfig.json')) as { references: { path: string }[] };
    for (const project of ['server', ...references.map(({ path }) => path.replace('../', ''))]) {
      expect(copied).toContain(project);
      expect(isInContext(`${project}/src/index.ts`)).toBe(true);
      expect(isInContext(`${project}/tsconfig.json`)).toBe(true);
    }
  });

  it('has every file that its scripts import', () => {
    const scripts = copied.filter((path) => path.startsWith('scripts/'));
    const imported = scripts.flatMap((script) =>
      [...read(script).matchAll(/^import .* from '\.\/(.+)';$/gm)].map(([, name = '']) => `scripts/${name}`),
    );
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((path) => !copied.includes(path))).toEqual([]);
  });

  it('has nothing else: no secrets, no data, no history, no builds of this machine', () => {
    const others = [
      '.git/config',
      '.env',
      '.data/root-token',
      'docs/deploy.md',
      'test/unit/a.test.ts',
      'server-1.tgz',
    ];
    const builds = ['node_modules/zod/index.js', 'client/dist/index.js', 'server/node_modules/p/index.js'];
    const caches = ['admin/.cache/a', 'shared/tsconfig.tsbuildinfo'];
    expect([...others, ...builds, ...caches].filter(isInContext)).toEqual([]);
    const kept = patterns.filter(({ isKept }) => isKept).map(({ text }) => text);
    expect(kept.filter((path) => !copied.includes(path))).toEqual([]);
  });
});

describe('base images', () => {
  it.each(['Dockerfile', 'docker-compose.yml'])('are pinned by digest in %s', (file) => {
    const names = [...read(file).matchAll(/^(?:FROM|\s+image:) (\S+)/gm)].map(([, name = '']) => name);
    const stages = [...dockerfile.matchAll(/ AS (\S+)$/gm)].map(([, name = '']) => name);
    const bases = names.filter((name) => !['tocsin', ...stages].includes(name));
    expect(bases).toHaveLength(1);
    expect(bases[0]).toMatch(/^[a-z]+:\d+\.\d+\.\d+\S*@sha256:[0-9a-f]{64}$/);
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { version } from '../../server/src/version.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');

describe('the version', () => {
  it('is the same in every package', () => {
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: readonly string[] };
    const manifests = ['package.json', ...workspaces.map((folder) => `${folder}/package.json`)];
    const versions = manifests.map((path) => [path, (JSON.parse(read(path)) as { version: string }).version]);
    expect(versions).toEqual(manifests.map((path) => [path, version]));
  });

  it.each(['api', 'worker'])('is the tag of the image in deploy/kubernetes/%s.yaml', (name) => {
    expect(read(`deploy/kubernetes/${name}.yaml`)).toContain(`image: tocsin:${version}\n`);
  });

  it('has an entry in CHANGELOG.md', () => {
    expect(read('CHANGELOG.md')).toContain(`\n## ${version} - `);
  });
});

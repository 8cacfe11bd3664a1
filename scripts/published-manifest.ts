import { readFileSync } from 'node:fs';

/** The parts of a package.json that packing reads or changes. */
export interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly [field: string]: unknown;
}

/** The condition by which the packages of the workspace find each other's sources. */
const sourceCondition = '@tocsin/source';

/**
 * Reads a package.json and leaves out what has a meaning only in the workspace: the condition for sources, which
 * are not shipped, the scripts and the development dependencies.
 */
export function readPublishedManifest(path: string): Manifest {
  // `as`: a manifest of this repository.
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const { scripts: _scripts, devDependencies: _devDependencies, private: _private, ...published } = manifest;
  return { ...published, exports: withoutSources(manifest.exports) };
}

function withoutSources(exports: Manifest['exports']): Manifest['exports'] {
  const published: Record<string, Manifest['exports'][string]> = {};
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === 'string') published[path] = target;
    else {
      const { [sourceCondition]: _source, ...conditions } = target;
      published[path] = conditions;
    }
  }
  return published;
}

/** Returns a manifest as the text of a package.json. */
export function toManifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

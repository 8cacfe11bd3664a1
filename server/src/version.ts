import { readFileSync } from 'node:fs';

// The sources and the build are both one folder below package.json.
const manifestUrl = new URL('../package.json', import.meta.url);
// `as`: it is this package's own manifest.
const manifest = JSON.parse(readFileSync(manifestUrl, 'utf8')) as { readonly version: string };

/** The version of this server, from its package.json. */
export const version = manifest.version;

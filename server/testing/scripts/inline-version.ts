import { readFileSync } from 'node:fs';

// `as`: the manifest of this folder.
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The server reads its version from a file that the bundle does not have. */
export const inlineVersion = {
  name: 'inline-version',
  load: (id: string) =>
    /server[\\/]src[\\/]version\.ts$/.test(id)
      ? `export const version = ${JSON.stringify(version)};`
      : undefined,
};

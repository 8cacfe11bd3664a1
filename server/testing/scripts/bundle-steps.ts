import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** The declarations of both formats differ only in the names of their files. */
export function writeDeclarationsForRequire(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.d.ts'))) {
    const code = readFileSync(join(folder, name), 'utf8');
    const target = join(folder, name.replace(/\.d\.ts$/, '.d.cts'));
    writeFileSync(target, code.replaceAll(/(["']\.\/[^"']+)\.js(["'])/g, '$1.cjs$2'));
  }
}

import { fileURLToPath } from 'node:url';

const root = new URL('../../node_modules/', import.meta.url);

/** The compiler of this project, and the one that new users install. */
export const compiler = fileURLToPath(new URL('typescript-7/bin/tsc', root));

/** The major version before it, for settings that the newest one no longer has. */
export const previousCompiler = fileURLToPath(new URL('typescript/bin/tsc', root));

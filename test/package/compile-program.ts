import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compiler } from '../support/compilers.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the compiler says of a program. */
export interface Compilation {
  /** The first line of each error, by file and line: `main.ts:3`. */
  readonly errors: ReadonlyMap<string, string>;
  /** The work of the compiler, the same on every machine. */
  readonly instantiations: number;
  readonly seconds: number;
}

const paths = {
  zod: ['node_modules/zod/index.d.ts'],
  '@tocsin/shared': ['shared/src/index.ts'],
  '@tocsin/client': ['client/src/index.ts'],
  '@tocsin/client/catalog': ['client/src/catalog.ts'],
  '@tocsin/client/receiver': ['client/src/receiver/index.ts'],
};

/** Compiles the program `main.ts`, given with its other files, against the sources of the client. */
export async function compileProgram(
  files: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Compilation> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-types-'));
  try {
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.iterable'],
      types: [],
      module: 'preserve',
      moduleResolution: 'bundler',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      paths: Object.fromEntries(
        Object.entries(paths).map(([name, [path = '']]) => [name, [join(root, path)]]),
      ),
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    const options = ['-p', folder, '--pretty', 'false', '--extendedDiagnostics', ...flags];
    const { stdout } = await run(compiler, options, { cwd: folder, maxBuffer: 50_000_000 }).catch(
      (error: { stdout: string }) => error,
    );
    const errors = [...stdout.matchAll(/^(\S+)\((\d+),\d+\): error (.*)$/gm)].map(
      ([, file = '', line = '', text = '']): [string, string] => [`${file}:${line}`, text],
    );
    return {
      errors: new Map(errors),
      instantiations: readNumber(stdout, /Instantiations:\s+(\d+)/),
      seconds: readNumber(stdout, /Total time:\s+([\d.]+)s/),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readNumber(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1]);
}

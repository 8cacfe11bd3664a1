import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Replaces the folder of the declarations by that of their sources in the comments that name them. */
export function nameSources(folder: string, made: string, sources: string): void {
  for (const path of listDeclarations(folder)) {
    const code = readFileSync(path, 'utf8');
    writeFileSync(path, code.replaceAll(`//#region ${made}/`, `//#region ${sources}/`));
  }
}

/** The declarations of both formats differ only in the names of their files. */
export function writeDeclarationsForRequire(folder: string): void {
  for (const path of listDeclarations(folder)) {
    const code = readFileSync(path, 'utf8');
    const target = path.replace(/\.d\.ts$/, '.d.cts');
    writeFileSync(target, code.replaceAll(/(["']\.\/[^"']+)\.js(["'])/g, '$1.cjs$2'));
  }
}

function listDeclarations(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => join(folder, file));
}

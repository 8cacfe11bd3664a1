import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Size of code that is bundled and minified for a browser or an edge runtime. */
export interface BundledSize {
  /** Size after gzip level 9, in bytes. */
  readonly gzipped: number;
  /** The files with code in the bundle. */
  readonly inputs: readonly string[];
}

/** The chunks of the package that a subscription imports when it starts. */
export const subscriptionChunks = ['./read-events-*', './reconnecting-stream-*'];

/** The chunk of the package that the feed imports when it is used. */
export const feedChunks = ['./app-feed-*'];

/**
 * Bundles `code` to one file as if it were in `folder`. Fails if it requires a built-in module of Node.
 *
 * @param loadedLater files that are not part of the bundle
 */
export async function bundledSize(
  code: string,
  folder: string,
  format: 'esm' | 'cjs' = 'esm',
  loadedLater: readonly string[] = [],
): Promise<BundledSize> {
  const result = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    format,
    platform: 'browser',
    external: [...loadedLater],
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const [file] = result.outputFiles;
  const [output] = Object.values(result.metafile.outputs);
  if (file === undefined || output === undefined) throw new Error('nothing was bundled');
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { gzipped: gzipSync(file.contents, { level: 9 }).length, inputs: inputs.map(([name]) => name) };
}

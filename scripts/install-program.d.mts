/** A program that a package of npm provides. */
export interface PackagedProgram {
  /** The folder in the cache, such as `node/22`. */
  readonly folder: string;
  /** The package with its version, such as `node@22`. */
  readonly spec: string;
  /** The path of the program below `node_modules`. */
  readonly program: string;
}

/** Returns the path of a program, and installs it if the cache does not have it, or why it cannot be installed. */
export function findOrInstall(
  wanted: PackagedProgram,
  npmOptions?: readonly string[],
):
  | { readonly program: string; readonly problem?: undefined }
  | { readonly program?: undefined; readonly problem: string };

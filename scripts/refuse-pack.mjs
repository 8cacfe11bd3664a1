/// <reference types="node" />
/**
 * Runs before `npm pack` and `npm publish` of a package folder, and fails: package.json has a condition for the
 * workspace that no installed package may have, and what it lists may not be built.
 */
console.error(
  'This folder is not what is published. Run "npm run release" in the root of the repository, and use the tarball from release/.',
);
process.exitCode = 1;

// The folder's own package.json has a condition for the workspace that no installed package may have.
process.stderr.write('Publish the tarball: npm run build, npm run tarball, then npm publish <tarball>.\n');
process.exitCode = 1;

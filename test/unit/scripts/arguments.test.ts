import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runStep, StepError } from '../../../scripts/run-step.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

it.each([
  ['release.ts', ['--out', 'x'], "Unknown option '--out'. Usage: npm run release [-- folder] [--if-stale]"],
  ['release.ts', ['a', 'b'], "Unexpected argument 'b'. Usage: npm run release [-- folder] [--if-stale]"],
  ['generate-docs.mjs', ['--chek'], "Unknown option '--chek'. Usage: npm run docs:generate [-- --check]"],
  ['build-admin.mjs', ['x'], "Unexpected argument 'x'"],
])('%s %j ends with 2 and one sentence', (script, args, sentence) => {
  const flags = script.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const run = spawnSync(process.execPath, [...flags, `scripts/${script}`, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  expect([run.status, run.stdout]).toEqual([2, '']);
  expect(run.stderr).toContain(sentence);
  expect(run.stderr.trim().split('\n')).toHaveLength(1);
});

it('a failed step says which one, and shows its output of both streams', () => {
  const script = 'console.log("found a fault"); console.error("in x.ts"); process.exit(3)';
  expect(() => runStep('Checking the types', root, process.execPath, ['--eval', script])).toThrow(
    new StepError('Checking the types failed: it ended with 3\nfound a fault\nin x.ts'),
  );
});

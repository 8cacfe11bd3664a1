import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const module = new URL('../support/end-with-parent.ts', import.meta.url).href;

/** Starts a child and prints its pid. A stubborn one ignores SIGTERM. */
const parentScript = (isStubborn: boolean) => `
  import { spawn, spawnSync } from 'node:child_process';
  import { endWithParent } from '${module}';
  const child = spawn('sh', ['-c', '${isStubborn ? 'trap "" TERM; ' : ''}while :; do sleep 1; done'], {
    detached: true,
    stdio: 'ignore',
  });
  endWithParent(child.pid, new Promise(() => {}));
  child.once('spawn', () => console.log(child.pid));
`;

/** A zombie has ended: it waits for its new parent to read the exit code. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

it.each([
  ['SIGTERM', false],
  ['SIGKILL', true],
] as const)(
  'a child of a test ends when the run gets %s (ignores SIGTERM: %s)',
  async (signal, isStubborn) => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', parentScript(isStubborn)];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const childPid = Number(line.toString('utf8'));
    try {
      expect(isRunning(childPid)).toBe(true);
      parent.kill(signal);
      await once(parent, 'exit');
      await expect.poll(() => isRunning(childPid), { timeout: 20_000 }).toBe(false);
    } finally {
      if (isRunning(childPid)) process.kill(childPid, 'SIGKILL');
    }
  },
);

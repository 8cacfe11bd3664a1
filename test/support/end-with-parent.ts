import { spawn } from 'node:child_process';

/**
 * Waits for a line on its input. The input of a process that ends in any way, SIGKILL included, closes
 * without one; the child then gets five seconds for a graceful shutdown, which for a server includes its
 * embedded mongod.
 */
const watchdogScript = `
  read -r _ && exit
  kill -TERM "$0"; kill -CONT "$0"
  for _ in 1 2 3 4 5; do sleep 1; kill -0 "$0" || exit; done
  kill -KILL "$0"
`;

/**
 * Ends a child process when this process ends, also when the run is interrupted. Otherwise servers and
 * databases of an interrupted run keep running.
 */
export function endWithParent(pid: number, exited: Promise<unknown>): void {
  endWithRun();
  // Detached, so that a signal to the process group of the run does not end the watchdog before it has done
  // its work.
  const watchdog = spawn('sh', ['-c', watchdogScript, String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  watchdog.stdin.on('error', () => {});
  void exited.then(() => watchdog.stdin.end('exited\n'));
}

/** A worker whose main process is gone would otherwise run to the end of its file. */
function endWithRun(): void {
  process.removeListener('disconnect', exit);
  process.once('disconnect', exit);
}

function exit(): void {
  process.exit();
}

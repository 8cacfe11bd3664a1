import { exitCode } from './command.ts';
import { runCommandLine } from './run.ts';
import { createTerminal } from './terminal.ts';

const { stdout, stderr } = process;

// A reader such as `head` has closed the pipe.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCode.ok);
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  // Also false if NO_COLOR is set.
  hasColors: stdout.isTTY && stdout.hasColors(),
  terminal: createTerminal(process),
  onInterrupt: () => {
    const interrupted = new AbortController();
    process.on('SIGINT', () => {
      if (interrupted.signal.aborted) process.exit(exitCode.interrupted);
      interrupted.abort();
    });
    return interrupted.signal;
  },
});

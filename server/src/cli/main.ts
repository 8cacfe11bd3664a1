import { createScrubber } from '../telemetry/scrub.ts';
import { appsCreate } from './apps-create.ts';
import { appsDeletions } from './apps-deletions.ts';
import { audit } from './audit.ts';
import { check } from './check.ts';
import { exitCode, UsageError, type Command, type Context } from './command.ts';
import { toHelp, toOverview } from './help.ts';
import { keysCreate } from './keys-create.ts';
import { push } from './push.ts';
import { replay } from './replay.ts';
import { rotateKey } from './rotate-key.ts';
import { start } from './start.ts';
import { types } from './types.ts';

const commands: readonly Command[] = [
  start,
  appsCreate,
  appsDeletions,
  keysCreate,
  check,
  push,
  types,
  audit,
  replay,
  rotateKey,
];

function write(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`${line}\n`);
}

async function main(argv: readonly string[]): Promise<number> {
  const isHelp = argv.includes('--help') || argv.includes('-h');
  const isJson = argv.includes('--json');
  const firstOption = argv.findIndex((arg) => arg.startsWith('-'));
  const words = argv.slice(0, firstOption === -1 ? argv.length : firstOption);
  const command = findCommand(words);
  if (command === undefined) {
    if (words.length === 0 || words[0] === 'help') {
      write(isHelp || words.length > 0 ? process.stdout : process.stderr, toOverview(commands));
      return isHelp || words.length > 0 ? exitCode.ok : exitCode.usage;
    }
    write(process.stderr, `unknown command "${words.join(' ')}"\n\n${toOverview(commands)}`);
    return exitCode.usage;
  }
  if (isHelp) {
    write(process.stdout, toHelp(command));
    return exitCode.ok;
  }
  const args = argv.slice(command.name.split(' ').length).filter((arg) => arg !== '--json');
  try {
    return await command.run(args, createContext(command, isJson));
  } catch (error) {
    return reportError(error, command, isJson);
  }
}

/** Finds the command that the words name. Further words are operands, if the command takes any. */
function findCommand(words: readonly string[]): Command | undefined {
  return commands.find(({ name, operands }) => {
    const length = name.split(' ').length;
    return words.slice(0, length).join(' ') === name && (words.length === length || operands !== undefined);
  });
}

function createContext({ name }: Command, isJson: boolean): Context {
  const interrupted = new AbortController();
  // The server handles signals itself.
  if (name !== start.name) {
    process.on('SIGINT', () => {
      if (interrupted.signal.aborted) process.exit(exitCode.interrupted);
      interrupted.abort();
    });
  }
  return {
    env: process.env,
    interrupted: interrupted.signal,
    progress: (line) => write(process.stderr, line),
    result: (value, text) => write(process.stdout, isJson ? JSON.stringify(value) : text),
  };
}

/** Prints the error with credentials redacted, and returns the exit code. */
function reportError(
  error: unknown,
  { name, failureCode = exitCode.failed }: Command,
  isJson: boolean,
): number {
  const isUsage = error instanceof UsageError;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const scrub = createScrubber([process.env['TOCSIN_TOKEN'] ?? ''].filter((token) => token !== ''));
  const text = code === undefined ? message : `${message} (${code})`;
  const hint = isUsage ? `\n\nRun "tocsin ${name} --help" for usage.` : '';
  write(
    process.stderr,
    scrub(
      isJson ? JSON.stringify({ error: { code: isUsage ? 'USAGE' : (code ?? null), message } }) : text + hint,
    ),
  );
  return isUsage ? exitCode.usage : failureCode;
}

process.exitCode = await main(process.argv.slice(2));

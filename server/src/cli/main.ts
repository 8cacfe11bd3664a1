import { createScrubber } from '../telemetry/scrub.ts';
import { appsCreate } from './apps-create.ts';
import { audit } from './audit.ts';
import { exitCode, UsageError, type Command, type Context } from './command.ts';
import { toHelp, overview } from './help.ts';
import { keysCreate } from './keys-create.ts';
import { replay } from './replay.ts';
import { rotateKey } from './rotate-key.ts';
import { start } from './start.ts';

const commands: readonly Command[] = [start, appsCreate, keysCreate, audit, replay, rotateKey];

function write(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`${line}\n`);
}

async function main(argv: readonly string[]): Promise<number> {
  const isHelp = argv.includes('--help') || argv.includes('-h');
  const isJson = argv.includes('--json');
  const words = argv.findIndex((word) => word.startsWith('-'));
  const named = argv.slice(0, words === -1 ? argv.length : words);
  const chosen = commands.find(({ name }) => name === named.join(' '));
  if (chosen === undefined) {
    if (named.length === 0 || named[0] === 'help') {
      write(isHelp || named.length > 0 ? process.stdout : process.stderr, overview(commands));
      return isHelp || named.length > 0 ? exitCode.ok : exitCode.usage;
    }
    write(process.stderr, `no command "${named.join(' ')}"\n\n${overview(commands)}`);
    return exitCode.usage;
  }
  if (isHelp) {
    write(process.stdout, toHelp(chosen));
    return exitCode.ok;
  }
  const args = argv.slice(named.length).filter((word) => word !== '--json');
  try {
    return await chosen.run(args, createContext(chosen, isJson));
  } catch (error) {
    return failed(error, chosen, isJson);
  }
}

function createContext({ name }: Command, isJson: boolean): Context {
  const interrupted = new AbortController();
  // The server has signals of its own.
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

/** Says what went wrong, without a credential that may have got into it. */
function failed(error: unknown, { name }: Command, isJson: boolean): number {
  const isUsage = error instanceof UsageError;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const scrub = createScrubber([process.env['TOCSIN_TOKEN'] ?? ''].filter((token) => token !== ''));
  const text = code === undefined ? message : `${message} (${code})`;
  const hint = isUsage ? `\n\ntocsin ${name} --help tells more.` : '';
  write(
    process.stderr,
    scrub(
      isJson ? JSON.stringify({ error: { code: isUsage ? 'USAGE' : (code ?? null), message } }) : text + hint,
    ),
  );
  return isUsage ? exitCode.usage : exitCode.failed;
}

process.exitCode = await main(process.argv.slice(2));

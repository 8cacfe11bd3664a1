import { styleText } from 'node:util';
import { exitCode, UsageError, type Command, type Context, type Style } from './command.ts';
import { toPrintable, toPrintableJson } from './output/printable.ts';
import { findCommand, findGroup, getFirstWords } from './find-command.ts';
import { registry, type CommandEntry } from './registry.ts';
import type { Terminal } from './terminal.ts';

/** What the command line needs of its process. */
export interface CliProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output. */
  readonly out: (text: string) => void;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
  readonly hasColors: boolean;
  readonly terminal: Terminal;
  /** Starts to handle Ctrl-C. Aborts on the first one. */
  readonly onInterrupt: () => AbortSignal;
}

/**
 * Runs a command line.
 *
 * @param argv the arguments, without the program
 * @returns the exit code
 */
export async function runCommandLine(argv: readonly string[], io: CliProcess): Promise<number> {
  // The words to complete follow, and can be anything.
  if (argv[0] === 'complete') return await complete(argv, io);
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const isJson = own.includes('--json');
  const args = [...own.filter((arg) => arg !== '--json'), ...argv.slice(own.length)];
  const isHelp = own.includes('--help') || own.includes('-h');
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const words = firstOption === -1 ? args : args.slice(0, firstOption);
  // `tocsin help apps list` is `tocsin apps list --help`.
  const named = words[0] === 'help' ? words.slice(1) : words;
  const entry = findCommand(named);
  if (entry === undefined) return await explain(named, isHelp || words[0] === 'help', { io, isJson });
  const command = await entry.load();
  if (isHelp || words[0] === 'help') {
    const { toHelp } = await import('./help.ts');
    io.out(`${toHelp(entry, command)}\n`);
    return exitCode.ok;
  }
  try {
    return await command.run(args.slice(entry.name.split(' ').length), createContext(command, isJson, io));
  } catch (error) {
    return await reportError(error, { entry, command, isJson, io });
  }
}

interface Output {
  readonly io: CliProcess;
  readonly isJson: boolean;
}

/** Lists the commands that there are. */
async function explain(words: readonly string[], isHelp: boolean, { io, isJson }: Output): Promise<number> {
  const { toGroupHelp, toOverview } = await import('./overview.ts');
  const [first, second] = words;
  const group = first === undefined ? [] : findGroup(first);
  const help = first === undefined || group.length === 0 ? toOverview(registry) : toGroupHelp(first, group);
  const isKnown = first === undefined || (group.length > 0 && second === undefined);
  if (isKnown && isHelp) {
    io.out(`${help}\n`);
    return exitCode.ok;
  }
  const { findNearNames } = await import('@tocsin/shared');
  const { toHint } = await import('./parser.ts');
  const wrong = group.length > 0 ? second : first;
  const known = group.length > 0 ? group.map(({ name }) => name.split(' ')[1] ?? '') : getFirstWords();
  const near = findNearNames(wrong ?? '', known).map(
    (name) => `"${group.length > 0 ? `${first} ` : ''}${name}"`,
  );
  const message =
    wrong === undefined
      ? `"tocsin${first === undefined ? '' : ` ${first}`}" needs a command`
      : `unknown command "${toPrintable(words.slice(0, group.length > 0 ? 2 : 1).join(' '))}"${toHint(near)}`;
  const text =
    wrong === undefined
      ? help
      : `${message}\n\nRun "tocsin${group.length > 0 ? ` ${first}` : ''} --help" for all commands.`;
  io.err(`${isJson ? toPrintableJson({ error: { code: 'USAGE', message } }) : text}\n`);
  return exitCode.usage;
}

function createContext({ handlesSignals = false }: Command, isJson: boolean, io: CliProcess): Context {
  return {
    env: io.env,
    isJson,
    interrupted: handlesSignals ? new AbortController().signal : io.onInterrupt(),
    terminal: io.terminal,
    progress: (line) => io.err(`${toPrintable(line)}\n`),
    print: (line, style) => {
      if (!isJson) io.out(`${toStyled(toPrintable(line), style, io.hasColors)}\n`);
    },
    result: (value, text) => io.out(`${isJson ? toPrintableJson(value) : toPrintable(text)}\n`),
  };
}

const colors = { good: 'green', doubtful: 'yellow', bad: 'red' } as const satisfies Record<Style, string>;

/** Colors the first word of a line. */
function toStyled(line: string, style: Style | undefined, hasColors: boolean): string {
  if (style === undefined || !hasColors) return line;
  return line.replace(/^\S+/, (word) => styleText(colors[style], word, { validateStream: false }));
}

interface Failed extends Output {
  readonly entry: CommandEntry;
  readonly command: Command;
}

/** Prints the error with credentials redacted, and returns the exit code. */
async function reportError(error: unknown, { entry, command, isJson, io }: Failed): Promise<number> {
  const { createScrubber } = await import('../telemetry/scrub.ts');
  const isUsage = error instanceof UsageError;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const scrub = createScrubber([io.env['TOCSIN_TOKEN'] ?? ''].filter((token) => token !== ''));
  const text = code === undefined ? message : `${message} (${code})`;
  const hint = isUsage ? `\n\nRun "tocsin ${entry.name} --help" for usage.` : '';
  const body = { error: { code: isUsage ? 'USAGE' : (code ?? null), message } };
  io.err(`${scrub(isJson ? toPrintableJson(body) : toPrintable(text + hint))}\n`);
  return isUsage ? exitCode.usage : (command.failureCode ?? exitCode.failed);
}

/** Prints a candidate a line, with its description after a tab. */
async function complete(argv: readonly string[], { out }: CliProcess): Promise<number> {
  const { findCandidates } = await import('./candidates.ts');
  for (const { value, description } of await findCandidates(argv.slice(argv.indexOf('--') + 1))) {
    out(`${value}\t${description}\n`);
  }
  return exitCode.ok;
}

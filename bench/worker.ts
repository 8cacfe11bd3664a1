import { fileURLToPath } from 'node:url';
import type { Child, Processes } from './processes.ts';

/** The commands of a worker process, by name. Each takes one argument. */
export type Commands = Readonly<Record<string, (input: never) => unknown>>;

type CommandInput<TCommands extends Commands, TName extends keyof TCommands> = Parameters<
  TCommands[TName]
>[0];
type CommandResult<TCommands extends Commands, TName extends keyof TCommands> = Awaited<
  ReturnType<TCommands[TName]>
>;

/** Longer than the longest command of a full run. */
const commandTimeoutMs = 180_000;

interface CommandRequest {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface CommandResponse {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * Runs commands in a separate process, so that their CPU time and garbage do not affect other measurements.
 */
export class Worker<TCommands extends Commands> implements AsyncDisposable {
  readonly #child: Child;
  #lastId = 0;

  constructor(processes: Processes, script: URL) {
    this.#child = processes.start({
      script: fileURLToPath(script),
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      ipc: true,
    });
    // One listener for each command in progress.
    this.#child.process.setMaxListeners(50);
  }

  get pid(): number {
    return this.#child.pid;
  }

  call<TName extends keyof TCommands & string>(
    name: TName,
    input: CommandInput<TCommands, TName>,
  ): Promise<CommandResult<TCommands, TName>> {
    const { process: child } = this.#child;
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const end = (error: Error | undefined, result?: unknown) => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        if (error) reject(error);
        // `as`: the worker calls `serve` with the same commands.
        else resolve(result as CommandResult<TCommands, TName>);
      };
      const onMessage = (message: unknown) => {
        // `as`: the worker sends only responses.
        const response = message as CommandResponse;
        if (response.id !== id) return;
        end(
          response.error === undefined ? undefined : new Error(`${name}: ${response.error}`),
          response.result,
        );
      };
      const onExit = () => end(new Error(`${name}: the worker exited`));
      const timer = setTimeout(() => end(new Error(`${name}: timeout`)), commandTimeoutMs);
      child.on('message', onMessage);
      child.once('exit', onExit);
      child.send({ id, name, input } satisfies CommandRequest);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

/** Runs in the worker: executes commands until the bench disconnects. */
export function serve(commands: Commands): void {
  const run = async ({ id, name, input }: CommandRequest): Promise<CommandResponse> => {
    try {
      const command = commands[name];
      if (command === undefined) throw new Error('unknown command');
      return { id, result: await command(input as never) };
    } catch (error) {
      return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (request: CommandRequest) => {
    void run(request).then((response) => process.send?.(response));
  });
  process.once('disconnect', () => process.exit(0));
}

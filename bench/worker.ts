import { fileURLToPath } from 'node:url';
import type { Child, Processes } from './processes.ts';

/** What a worker process can be asked for: by name, with one argument. */
export type Commands = Readonly<Record<string, (input: never) => unknown>>;

type InputOf<TCommands extends Commands, TName extends keyof TCommands> = Parameters<TCommands[TName]>[0];
type ResultOf<TCommands extends Commands, TName extends keyof TCommands> = Awaited<
  ReturnType<TCommands[TName]>
>;

/** Longer than the longest command of a full run; a worker that hangs must not hang the bench. */
const answerWithinMs = 180_000;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** A process of its own that carries out commands, so that its work and garbage are not in anybody else's figures. */
export class Worker<TCommands extends Commands> implements AsyncDisposable {
  readonly #child: Child;
  #asked = 0;

  constructor(processes: Processes, script: URL) {
    this.#child = processes.start({
      script: fileURLToPath(script),
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      ipc: true,
    });
    // One for each question under way; there are a few, never many.
    this.#child.process.setMaxListeners(50);
  }

  get pid(): number {
    return this.#child.pid;
  }

  ask<TName extends keyof TCommands & string>(
    name: TName,
    input: InputOf<TCommands, TName>,
  ): Promise<ResultOf<TCommands, TName>> {
    const { process: child } = this.#child;
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const end = (error: Error | undefined, result?: unknown) => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        if (error) reject(error);
        // The other side is `serve` with these same commands.
        else resolve(result as ResultOf<TCommands, TName>);
      };
      const onMessage = (message: unknown) => {
        const answer = message as Answer;
        if (answer.id !== id) return;
        end(answer.error === undefined ? undefined : new Error(`${name}: ${answer.error}`), answer.result);
      };
      const onExit = () => end(new Error(`${name}: the worker ended`));
      const timer = setTimeout(() => end(new Error(`${name}: no answer`)), answerWithinMs);
      child.on('message', onMessage);
      child.once('exit', onExit);
      child.send({ id, name, input } satisfies Question);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

/** The worker's side: answers commands until the bench goes away. */
export function serve(commands: Commands): void {
  const answer = async ({ id, name, input }: Question): Promise<Answer> => {
    try {
      const command = commands[name];
      if (command === undefined) throw new Error('no such command');
      return { id, result: await command(input as never) };
    } catch (error) {
      return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (question: Question) => {
    void answer(question).then((reply) => process.send?.(reply));
  });
  process.once('disconnect', () => process.exit(0));
}

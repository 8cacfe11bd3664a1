import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Passes the connections of a program on to a mongod. It runs in the process of the test, so a busy machine that
 * delays the test also delays the program: the test can stop it in the middle of its work.
 */
export class MongoRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;
  #drops = { to: '', times: 0 };
  /** New connections that wait. Undefined: they are passed on at once. */
  #held: Socket[] | undefined;

  private constructor(mongoUri: string) {
    this.#target = new URL(mongoUri);
    this.#server = createServer((socket) => {
      if (this.#held === undefined) this.#pass(socket);
      else this.#held.push(socket);
    });
  }

  static async start(mongoUri: string): Promise<MongoRelay> {
    const relay = new MongoRelay(mongoUri);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  /** The database of the URI, behind the relay. */
  get uri(): string {
    const { port } = this.#server.address() as AddressInfo; // a listening TCP server has one
    // Direct, because the driver would otherwise connect to the address that mongod names.
    return `mongodb://127.0.0.1:${port}${this.#target.pathname}?directConnection=true`;
  }

  /** Passes no new connection on until `release`. */
  holdNew(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const socket of held) this.#pass(socket);
  }

  /** Passes commands that contain a text on, and breaks their connections before the reply, this many times. */
  dropReplies(to: string, times: number): void {
    this.#drops = { to, times };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of [...this.#sockets, ...(this.#held ?? [])]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(from: Socket): void {
    const to = connect(Number(this.#target.port), this.#target.hostname);
    from.on('data', (chunk: Buffer) => {
      if (this.#drops.times === 0 || !chunk.includes(this.#drops.to)) return;
      this.#drops.times -= 1;
      to.pause();
      // The command is written first.
      setImmediate(() => from.destroy());
    });
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A message as it arrived. */
export interface ReceivedMail {
  readonly to: readonly string[];
  readonly text: string;
}

/** A real mail server on loopback. Takes every message without authentication and without TLS. */
export class MailServer implements AsyncDisposable {
  readonly mails: ReceivedMail[] = [];
  readonly #server: SMTPServer;
  #answer: Error | undefined;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      logger: false,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (this.#answer === undefined) {
            const to = session.envelope.rcptTo.map(({ address }) => address);
            this.mails.push({ to, text: Buffer.concat(chunks).toString('utf8') });
          }
          done(this.#answer);
        });
      },
    });
  }

  static async start(): Promise<MailServer> {
    const server = new MailServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  /** Rejects later messages with this text. Undefined: takes them. */
  rejectWith(text: string | undefined): void {
    this.#answer = text === undefined ? undefined : Object.assign(new Error(text), { responseCode: 451 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}

import { createTransport } from 'nodemailer';
import type { Mailer } from '../../domain/ports/mailer.ts';

export interface SmtpOptions {
  /** `smtps://` or `smtp://`, with user and password. */
  readonly url: string;
  /** The sender. */
  readonly from: string;
  /** Whether the connection must be encrypted. `smtp:` then needs STARTTLS. */
  readonly requiresTls: boolean;
}

/** A mail server that does not answer must not keep the other channels waiting. */
const timeoutMs = 10_000;

/** Sends e-mail by SMTP, over one connection at a time. */
export function createSmtpMailer({ url, from, requiresTls }: SmtpOptions): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isSecure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname,
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: !isSecure && requiresTls,
    ignoreTLS: !isSecure && !requiresTls,
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A text of an event must not make the mailer read a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { host: domain } = new URL(`smtp://${from.replace(/^.*@/, '').replace(/>$/, '')}`);
  return {
    async send({ to, subject, text, messageId }) {
      await transport.sendMail({
        from,
        to,
        subject,
        text,
        messageId: `<${messageId}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
    close: () => transport.close(),
  };
}

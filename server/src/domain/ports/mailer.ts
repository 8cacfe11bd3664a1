/** A message in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Makes a repeated message recognizable. */
  readonly messageId: string;
}

/** Sends e-mail through the mail server of the operator. */
export interface Mailer {
  /** Resolves once the mail server took the message. Rejects with what it said otherwise. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

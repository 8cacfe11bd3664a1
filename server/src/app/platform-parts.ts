import type { SchemaChecker, SchemaValidators } from '../domain/ports/json-schemas.ts';
import type { Ids, Log, Timers } from '../domain/ports/runtime.ts';
import type { Mailer } from '../domain/ports/mailer.ts';
import type { Sender, TargetPolicy } from '../domain/ports/sending.ts';
import type { TokenVerifier } from '../domain/ports/token-verifier.ts';
import type { Instruments } from './instruments.ts';
import type { EngineLimits } from './options.ts';
import type { OwnProcess } from './ownership.ts';
import type { Stores } from './stores.ts';

/** A log that says which levels it has. */
export interface LeveledLog extends Log {
  isLevelEnabled(level: 'debug'): boolean;
}

/** What the server and the test kit have each their own of. */
export interface PlatformParts {
  readonly stores: Stores;
  readonly log: LeveledLog;
  readonly timers: Timers;
  readonly ids: Ids;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly instruments: Instruments;
  /** Sends requests to receivers, and checks their URLs. */
  readonly sender: Sender;
  readonly targets: TargetPolicy;
  /** Sends alerts by e-mail. Undefined without a mail server. */
  readonly mailer: Mailer | undefined;
  /** The host that identifies this server to chat services, if one is configured. */
  readonly publicHost: string | undefined;
  readonly engineLimits: EngineLimits;
  readonly self: OwnProcess;
  readonly validators: SchemaValidators;
  readonly checker: SchemaChecker & { [Symbol.asyncDispose](): Promise<void> };
  /** Undefined without an OpenID Connect issuer. */
  readonly tokenVerifier: TokenVerifier | undefined;
}

/* What nearly every service and the engine are given, whatever they do. */

/** Time by the database's clock, epoch ms. Due times and leases of all processes are compared by it. */
export interface Clock {
  now(): number;
}

export interface Ids {
  event(at: number): string;
  /** The id of a delivery that is not an event's first one: a replay. */
  delivery(at: number): string;
  replay(at: number): string;
  webhook(): string;
  account(): string;
  app(): string;
  key(): string;
  audit(at: number): string;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  /** A person must act now. */
  error(fields: object, message: string): void;
}

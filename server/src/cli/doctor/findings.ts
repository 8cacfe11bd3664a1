import type { Context, Style } from '../command.ts';

/** `warn`: works, but should be looked at. `fail`: does not work. */
export type FindingStatus = 'ok' | 'warn' | 'fail';

/** The result of one check. */
export interface Finding {
  /** What was checked, such as `database`. */
  readonly check: string;
  readonly status: FindingStatus;
  readonly message: string;
  /** What to do. Null if there is nothing to do. */
  readonly remedy: string | null;
}

/** Result of `tocsin doctor`. */
export interface DoctorReport {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

const styles = { ok: 'good', warn: 'doubtful', fail: 'bad' } as const satisfies Record<FindingStatus, Style>;

/** Collects findings, and prints each at once, because some checks take seconds. */
export class Findings {
  readonly #print: Context['print'];
  readonly #findings: Finding[] = [];

  constructor({ print }: Pick<Context, 'print'>) {
    this.#print = print;
  }

  ok(check: string, message: string): void {
    this.#add({ check, status: 'ok', message, remedy: null });
  }

  warn(check: string, message: string, remedy: string): void {
    this.#add({ check, status: 'warn', message, remedy });
  }

  fail(check: string, message: string, remedy: string | null): void {
    this.#add({ check, status: 'fail', message, remedy });
  }

  /** Adds a failure that is one sentence, with the remedy after a semicolon. */
  failWith(check: string, sentence: string): void {
    const at = sentence.indexOf('; ');
    if (at === -1) this.fail(check, sentence, null);
    else this.fail(check, sentence.slice(0, at), sentence.slice(at + 2));
  }

  toReport(): DoctorReport {
    return { ok: this.count('fail') === 0, findings: [...this.#findings] };
  }

  count(status: FindingStatus): number {
    return this.#findings.filter((finding) => finding.status === status).length;
  }

  #add(finding: Finding): void {
    this.#findings.push(finding);
    const { check, status, message, remedy } = finding;
    this.#print(`${status.padEnd(4)}  ${check}: ${message}`, styles[status]);
    if (remedy !== null) this.#print(`      ${remedy}`);
  }
}

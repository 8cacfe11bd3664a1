import type { IncidentCounts, IncidentState, Page } from '@tocsin/shared';
import type { Incident, IncidentClosure, IncidentFailures } from '../incident.ts';
import type { PageRequest, Visibility } from './page-request.ts';

/** Which incidents a list has. */
export interface IncidentQuery extends Visibility {
  readonly webhookId?: string | undefined;
  /** `unended`: open, and nothing has succeeded since the last failure. */
  readonly state: IncidentState | 'unended';
}

/** The fields that callers change. Undefined keeps a field. */
export interface IncidentChange {
  readonly snoozedUntil?: number | null | undefined;
  readonly snoozedByOperator?: boolean | undefined;
  readonly note?: string | null | undefined;
}

export interface IncidentStore {
  /** Adds failures to their incidents, and opens those that are missing or closed. In one write. */
  addFailures(failures: readonly IncidentFailures[]): Promise<void>;
  /** Ends the incidents of webhooks. See `afterClosure`. */
  close(closures: readonly IncidentClosure[]): Promise<void>;
  /** Deletes the incidents of webhooks. */
  remove(webhookIds: readonly string[]): Promise<void>;
  get(id: string): Promise<Incident | undefined>;
  /** Lists incidents as they are at `now`: unended ones first, by their failures; then by the time of their end. */
  list(query: IncidentQuery, now: number, page: PageRequest): Promise<Page<Incident>>;
  /** Returns up to `limit` accounts with unended incidents, ascending. Undefined: from the lowest id. */
  listAccountsWithUnended(after: string | undefined, limit: number): Promise<string[]>;
  /** Counts open incidents, at most `limit`. */
  countOpen(visibility: Visibility, now: number, limit: number): Promise<IncidentCounts>;
  /**
   * Returns those of the webhooks that have open incidents, all of which are snoozed.
   *
   * @param by - `operator`: only by the operator
   */
  findSnoozed(
    webhookIds: readonly string[],
    now: number,
    by: 'anyone' | 'operator',
  ): Promise<ReadonlySet<string>>;
  /** Returns the changed incident, or undefined if there is none. */
  update(id: string, change: IncidentChange): Promise<Incident | undefined>;
}

/** Counts failed attempts by incident. Called for each failed attempt, so it must not wait. */
export interface IncidentRecorder {
  recordFailure(failure: Omit<IncidentFailures, 'id' | 'attempts' | 'firstAt' | 'lastAt'>, at: number): void;
}

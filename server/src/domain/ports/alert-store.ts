import type { AlertHistoryFilter, Page } from '@tocsin/shared';
import type { AlertChannel, AlertMessage, AlertRule, OpenAlert } from '../alert.ts';
import type { PageRequest } from './page-request.ts';

/** New values of fields. Undefined keeps the stored value. */
export type AlertChannelChange = Partial<Pick<AlertChannel, 'name' | 'url'>> &
  Pick<AlertChannel, 'updatedAt'>;
export type AlertRuleChange = Partial<
  Pick<AlertRule, 'name' | 'channelIds' | 'afterSeconds' | 'waiting' | 'remindAfterSeconds' | 'enabled'>
> &
  Pick<AlertRule, 'updatedAt'>;

/** The changes of one evaluation. All of them are stored, or none. */
export interface AlertChanges {
  readonly opened: readonly OpenAlert[];
  /** Alerts that a reminder was made for. */
  readonly told: readonly Pick<OpenAlert, 'id' | 'toldAt' | 'target'>[];
  /** Ids of alerts that are over. */
  readonly closed: readonly string[];
  readonly messages: readonly AlertMessage[];
}

/** What became of a try to send a message. */
export type AlertMessageResult = Pick<AlertMessage, 'status' | 'tries' | 'nextAt' | 'sentAt' | 'error'>;

/** The owner of rules and channels. Null: the operator. */
type Owner = string | null;

export interface AlertStore {
  /** Returns false if the owner already has `limit` channels. */
  insertChannel(channel: AlertChannel, limit: number): Promise<boolean>;
  /** Newest first. */
  listChannels(owner: Owner, page: PageRequest): Promise<Page<AlertChannel>>;
  getChannels(ids: readonly string[]): Promise<AlertChannel[]>;
  updateChannel(id: string, change: AlertChannelChange): Promise<AlertChannel | undefined>;
  /** Also takes it off the rules that name it, and ends its waiting messages. Returns false if it does not exist. */
  deleteChannel(id: string): Promise<boolean>;

  /** Returns false if the owner already has `limit` rules. */
  insertRule(rule: AlertRule, limit: number): Promise<boolean>;
  listRules(owner: Owner, page: PageRequest): Promise<Page<AlertRule>>;
  getRule(id: string): Promise<AlertRule | undefined>;
  updateRule(id: string, change: AlertRuleChange): Promise<AlertRule | undefined>;
  /** Also ends its alerts, without a message. Returns false if it does not exist. */
  deleteRule(id: string): Promise<boolean>;
  /** Returns up to `limit` enabled rules, in the order of their ids. */
  listEnabledRules(limit: number): Promise<AlertRule[]>;

  /** Returns up to `limit` alerts that are not over, with ids above `after`, ascending. Undefined: from the lowest. */
  listOpen(after: string | undefined, limit: number): Promise<OpenAlert[]>;
  /** Returns up to `limit` alerts of these rules that are not over. */
  listOpenOf(ruleIds: readonly string[], limit: number): Promise<OpenAlert[]>;
  /** Counts the open alerts of rules, each up to `limit`. */
  countOpen(ruleIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>>;
  apply(changes: AlertChanges): Promise<void>;

  /** Returns up to `limit` messages that are due at `now`, the longest due first. Leaves out those of some channels. */
  listDue(now: number, limit: number, exceptChannelIds?: readonly string[]): Promise<AlertMessage[]>;
  /** Counts the messages that wait for each channel, up to `limit`. */
  countWaiting(channelIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>>;
  /** Makes the waiting messages of a channel due at `until`, if they are due before. */
  postpone(channelId: string, until: number): Promise<void>;
  setResult(id: string, result: AlertMessageResult): Promise<void>;
  /** Newest first. `accountId` undefined: the operator's. */
  listMessages(filter: AlertHistoryFilter, page: PageRequest): Promise<Page<AlertMessage>>;
}

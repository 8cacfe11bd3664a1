import type { FeedEra } from '../../../domain/ports/feed-log.ts';

/** A part of the feed's order: events of one app that were recorded at once. */
export interface FeedSliceDoc {
  /** The app, a space and the position of the last event. An app's id has no character below a space. */
  _id: string;
  appId: string;
  accountId: string;
  era: number;
  /** The end of what was recorded at once, for all apps. */
  end: string;
  /** When the last of its events was accepted. */
  at: Date;
  ids: string[];
  types: string[];
  positions: string[];
}

export const feedLogId = 'log';

/** The state of the feed log: one document. */
export interface FeedLogDoc {
  _id: typeof feedLogId;
  /** When the log was last used. Missing after it ended. */
  usedAt?: Date;
  /** The fencing token of the process that writes. */
  token?: string;
  leaseUntil?: Date;
  /** The number of the last era. Stays when the log ends, so that no number is used twice. */
  era?: number;
  firstId?: string;
  completeTo?: string;
  eras?: FeedEra[];
}

/** The consumers of the feed of an app. One document, so that a commit and the limit of consumers are one update. */
export interface FeedConsumersDoc {
  /** The app. */
  _id: string;
  accountId: string;
  consumers: { name: string; cursor: string; updatedAt: Date }[];
}

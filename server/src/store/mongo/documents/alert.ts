import type { AlertTarget } from '@tocsin/shared';
import type { AlertChannel, AlertMessage, AlertRule, OpenAlert } from '../../../domain/alert.ts';
import { toDate, toEpochMs } from './dates.ts';

export type AlertChannelDoc = Omit<AlertChannel, 'id' | 'createdAt' | 'updatedAt'> & {
  _id: string;
  createdAt: Date;
  updatedAt: Date;
};

export type AlertRuleDoc = Omit<AlertRule, 'id' | 'createdAt' | 'updatedAt'> & {
  _id: string;
  createdAt: Date;
  updatedAt: Date;
};

export type OpenAlertDoc = Omit<OpenAlert, 'id' | 'openedAt' | 'toldAt'> & {
  _id: string;
  openedAt: Date;
  toldAt: Date;
};

/** A message and its result. Expires by `at`. */
export type AlertMessageDoc = Omit<AlertMessage, 'id' | 'at' | 'nextAt' | 'sentAt' | 'targets'> & {
  _id: string;
  at: Date;
  /** Missing once it has ended. */
  nextAt?: Date;
  sentAt: Date | null;
  targets: AlertTarget[];
};

export function toChannel({ _id, createdAt, updatedAt, ...same }: AlertChannelDoc): AlertChannel {
  return { id: _id, ...same, createdAt: createdAt.getTime(), updatedAt: updatedAt.getTime() };
}

export function toChannelDoc({ id, createdAt, updatedAt, ...same }: AlertChannel): AlertChannelDoc {
  return { _id: id, ...same, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
}

export function toRule({ _id, createdAt, updatedAt, ...same }: AlertRuleDoc): AlertRule {
  return { id: _id, ...same, createdAt: createdAt.getTime(), updatedAt: updatedAt.getTime() };
}

export function toRuleDoc({ id, createdAt, updatedAt, ...same }: AlertRule): AlertRuleDoc {
  return { _id: id, ...same, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
}

export function toOpenAlert({ _id, openedAt, toldAt, ...same }: OpenAlertDoc): OpenAlert {
  return { id: _id, ...same, openedAt: openedAt.getTime(), toldAt: toldAt.getTime() };
}

export function toOpenAlertDoc({ id, openedAt, toldAt, ...same }: OpenAlert): OpenAlertDoc {
  return { _id: id, ...same, openedAt: new Date(openedAt), toldAt: new Date(toldAt) };
}

export function toAlertMessage({ _id, at, nextAt, sentAt, ...same }: AlertMessageDoc): AlertMessage {
  return { id: _id, ...same, at: at.getTime(), nextAt: toEpochMs(nextAt), sentAt: toEpochMs(sentAt) };
}

export function toAlertMessageDoc(message: AlertMessage): AlertMessageDoc {
  const { id, at, nextAt, sentAt, targets, ...same } = message;
  return {
    _id: id,
    ...same,
    at: new Date(at),
    targets: [...targets],
    sentAt: toDate(sentAt),
    ...(nextAt === null ? {} : { nextAt: new Date(nextAt) }),
  };
}

import type { EndpointWatch } from '../../../domain/endpoint-watch.ts';
import type { MonitorCursor, OperationalNotice } from '../../../domain/ports/endpoint-watch-store.ts';

export type EndpointWatchDoc = Omit<EndpointWatch, 'webhookId' | 'since' | 'unhealthySince'> & {
  /** The webhook. */
  _id: string;
  since: Date;
  unhealthySince: Date;
};

/** Expires by `at`, should its app not exist. */
export type OperationalNoticeDoc = Omit<OperationalNotice, 'id' | 'at'> & {
  _id: string;
  at: Date;
};

/** The only document of its collection: who runs the monitor, and how far it has read. */
export interface MonitorDoc {
  _id: 'monitor';
  holder: string | null;
  until: Date;
  disabledUntil: Date;
  failedUntil: Date;
  secretsUntil: Date;
  certificatesUntil: Date;
}

export function toWatch({ _id, since, unhealthySince, ...same }: EndpointWatchDoc): EndpointWatch {
  return { webhookId: _id, ...same, since: since.getTime(), unhealthySince: unhealthySince.getTime() };
}

export function toWatchDoc({ webhookId, since, unhealthySince, ...same }: EndpointWatch): EndpointWatchDoc {
  return { _id: webhookId, ...same, since: new Date(since), unhealthySince: new Date(unhealthySince) };
}

export function toNotice({ _id, at, ...same }: OperationalNoticeDoc): OperationalNotice {
  return { id: _id, ...same, at: at.getTime() };
}

export function toNoticeDoc({ id, at, ...same }: OperationalNotice): OperationalNoticeDoc {
  return { _id: id, ...same, at: new Date(at) };
}

export function toCursor(doc: MonitorDoc): MonitorCursor {
  return {
    disabledUntil: doc.disabledUntil.getTime(),
    failedUntil: doc.failedUntil.getTime(),
    secretsUntil: doc.secretsUntil.getTime(),
    certificatesUntil: doc.certificatesUntil.getTime(),
  };
}

export function toCursorFields(cursor: MonitorCursor): Omit<MonitorDoc, '_id' | 'holder' | 'until'> {
  return {
    disabledUntil: new Date(cursor.disabledUntil),
    failedUntil: new Date(cursor.failedUntil),
    secretsUntil: new Date(cursor.secretsUntil),
    certificatesUntil: new Date(cursor.certificatesUntil),
  };
}

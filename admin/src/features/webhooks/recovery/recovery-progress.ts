import type { WebhookBacklog } from '@tocsin/shared';

interface RecoveryFacts {
  readonly backlog: Pick<WebhookBacklog, 'waiting' | 'dueNow' | 'underWay'>;
  /** Waiting deliveries that were sent. */
  readonly sent: number;
  /** The replay as it is known. */
  readonly replay: { readonly status: string; readonly done: number; readonly total: number } | undefined;
  readonly isReplayed: boolean;
}

export interface RecoveryProgress {
  /** `failing`: what was sent failed again, and nothing is due. */
  readonly state: 'sending' | 'done' | 'failing';
  readonly left: number;
  readonly total: number;
}

/** What is left of a recovery. New events of the webhook can only make it look longer. */
export function toRecoveryProgress({ backlog, sent, replay, isReplayed }: RecoveryFacts): RecoveryProgress {
  const isReplaying = isReplayed && (replay === undefined || replay.status === 'running');
  const total = sent + (replay?.total ?? 0);
  const unqueued = replay === undefined || !isReplaying ? 0 : Math.max(0, replay.total - replay.done);
  const left = Math.min(total, backlog.waiting + backlog.underWay + unqueued);
  const isDue = isReplaying || backlog.dueNow + backlog.underWay > 0;
  if (isDue) return { state: 'sending', left, total };
  return { state: backlog.waiting > 0 ? 'failing' : 'done', left, total };
}

import type { AttemptView } from '@tocsin/shared';

export interface NumberedAttempt {
  readonly attempt: AttemptView;
  /** 1 for the first attempt of the delivery, also if it is not recorded any more. */
  readonly number: number;
}

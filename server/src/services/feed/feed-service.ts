import type {
  FeedCommitInput,
  FeedCommitResult,
  FeedConsumers,
  FeedPage,
  FeedReadInput,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';

/** The pull feed of an app: events in commit order, and the cursors of its consumers. */
export interface FeedService {
  /**
   * Returns the events after a cursor. With `waitMs`, waits for one.
   *
   * @throws INVALID_INPUT if the cursor is malformed.
   * @throws RATE_LIMITED if the account has too many waiting reads.
   */
  read(actor: Actor, input: FeedReadInput, signal: AbortSignal): Promise<FeedPage>;
  /**
   * Stores the cursor of a consumer.
   *
   * @throws CONFLICT if the stored cursor is not the expected one.
   * @throws QUOTA_EXCEEDED if the app has too many consumers.
   */
  commit(actor: Actor, input: FeedCommitInput): Promise<FeedCommitResult>;
  listConsumers(actor: Actor, appId: string): Promise<FeedConsumers>;
  /** @throws NOT_FOUND if the consumer does not exist. */
  deleteConsumer(actor: Actor, appId: string, consumer: string): Promise<void>;
}

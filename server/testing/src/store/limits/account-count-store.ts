import type { CountedLimit } from '../../../../src/domain/account-limits.ts';
import type { AccountCountStore } from '../../../../src/domain/ports/limit-stores.ts';
import type { Replay } from '../../../../src/domain/replay.ts';
import { countValues } from '../accounts/account-room.ts';
import { isLiving } from '../accounts/api-key-store.ts';
import type { MemoryConfig } from '../memory-config.ts';

type Config = Pick<MemoryConfig, 'apps' | 'webhooks' | 'keys'>;
type Replays = ReadonlyMap<string, Pick<Replay, 'accountId' | 'status'>>;

export class MemoryAccountCountStore implements AccountCountStore {
  readonly #config: Config;
  readonly #replays: Replays;

  constructor(config: Config, { replays }: { readonly replays: Replays }) {
    this.#config = config;
    this.#replays = replays;
  }

  async count(accountId: string, now: number): Promise<Record<CountedLimit, number>> {
    const { apps, webhooks, keys } = this.#config;
    const isOwn = (object: { readonly accountId: string }) => object.accountId === accountId;
    return {
      apps: countValues(apps, isOwn),
      webhooks: countValues(webhooks, isOwn),
      keys: countValues(keys, (key) => isOwn(key) && isLiving(key, now)),
      replays: countValues(this.#replays, (replay) => isOwn(replay) && replay.status === 'running'),
    };
  }
}

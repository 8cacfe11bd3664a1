import type { ErasedCounts, Page } from '@tocsin/shared';
import type { AppDeletion } from '../../../../src/domain/app-deletion.ts';
import type { AccountFilter } from '../../../../src/domain/ports/access-stores.ts';
import type {
  AppDeletionStore,
  ClaimedDeletion,
  EraseStep,
  ReleaseChange,
  StartedDeletion,
} from '../../../../src/domain/ports/app-deletion-store.ts';
import type { PageRequest } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryConfig, StoredAppDeletion } from '../memory-config.ts';
import { compareText, copyPage } from '../read-map.ts';
import { countValues } from './account-room.ts';
import { eraseActivity, eraseBatch, type AppData } from './erase-objects.ts';

type Config = Pick<
  MemoryConfig,
  'apps' | 'appDeletions' | 'webhooks' | 'testTurns' | 'health' | 'incidents' | 'calls' | 'changes'
>;

export class MemoryAppDeletionStore implements AppDeletionStore {
  readonly #config: Config;
  readonly #data: AppData;

  constructor(config: Config, data: AppData) {
    this.#config = config;
    this.#data = data;
  }

  async start(
    { id, appId, createdAt }: Pick<AppDeletion, 'id' | 'appId' | 'createdAt'>,
    maxRunning: number,
  ): Promise<StartedDeletion | 'missing' | 'limit_reached'> {
    const { apps, appDeletions, webhooks, testTurns, changes } = this.#config;
    const app = apps.get(appId);
    if (app === undefined) return 'missing';
    const { accountId } = app;
    const isRunning = (other: AppDeletion) => other.accountId === accountId && other.status === 'running';
    if (countValues(appDeletions, isRunning) >= maxRunning) return 'limit_reached';
    apps.delete(appId);
    const ofApp = [...webhooks.values()].filter((webhook) => webhook.appId === appId);
    const webhookIds = ofApp.map((webhook) => webhook.id);
    for (const webhookId of webhookIds) {
      webhooks.delete(webhookId);
      testTurns.delete(webhookId);
    }
    this.#deleteCalls(appId);
    appDeletions.set(id, {
      id,
      appId,
      accountId,
      status: 'running',
      erased: { webhooks: webhookIds.length, events: 0, deliveries: 0, replays: 0 },
      createdAt,
      finishedAt: null,
      webhookIds,
      due: createdAt,
      token: undefined,
      turnAt: undefined,
      emptySince: undefined,
    });
    changes.record({ collection: 'apps', id: appId, appId });
    return { accountId, webhookIds: [...webhookIds] };
  }

  async findErasing(accountId: string | undefined): Promise<string[]> {
    return [...this.#config.appDeletions.values()]
      .filter((one) => one.status === 'running' && (accountId ?? one.accountId) === one.accountId)
      .map(({ appId }) => appId);
  }

  async list({ accountId }: AccountFilter, page: PageRequest): Promise<Page<AppDeletion>> {
    const { items, nextCursor } = copyPage(
      this.#config.appDeletions.values(),
      page,
      (one) => accountId === undefined || one.accountId === accountId,
    );
    return { items: items.map(toAppDeletion), nextCursor };
  }

  async claim(now: number, leaseMs: number, token: string): Promise<ClaimedDeletion | undefined> {
    const [next] = this.#listDue(now);
    if (next === undefined) return undefined;
    const claimed = { ...next, due: now + leaseMs, turnAt: now, token };
    this.#config.appDeletions.set(next.id, claimed);
    return { deletion: toAppDeletion(claimed), token, emptySince: claimed.emptySince };
  }

  /** Lists the deletions that are due: those of the account whose turn was longest ago come first. */
  #listDue(now: number): StoredAppDeletion[] {
    const turns = new Map<string, number>();
    const due: StoredAppDeletion[] = [];
    for (const deletion of this.#config.appDeletions.values()) {
      if (deletion.due === undefined) continue;
      const { accountId } = deletion;
      turns.set(accountId, Math.max(turns.get(accountId) ?? -Infinity, deletion.turnAt ?? -Infinity));
      if (deletion.due <= now) due.push(deletion);
    }
    return due.sort(
      (a, b) =>
        compareNumbers(turns.get(a.accountId), turns.get(b.accountId)) ||
        compareText(a.accountId, b.accountId) ||
        compareNumbers(a.due, b.due) ||
        compareNumbers(a.turnAt, b.turnAt),
    );
  }

  async eraseSome(
    { deletion: { id }, token }: ClaimedDeletion,
    limit: number,
    leaseUntil: number,
  ): Promise<EraseStep | undefined> {
    const stored = this.#findHeld(id, token);
    if (stored === undefined) return undefined;
    const { appId, webhookIds } = stored;
    const batch = eraseBatch({ ...this.#data, ...this.#config }, appId, limit);
    const erased: ErasedCounts = { webhooks: 0, events: 0, deliveries: 0, replays: 0 };
    if (batch === undefined) {
      for (const webhookId of webhookIds) this.#config.health.delete(webhookId);
      for (const incident of this.#config.incidents.values()) {
        if (incident.appId === appId) this.#config.incidents.delete(incident.id);
      }
      this.#deleteCalls(appId);
      eraseActivity(this.#data, appId);
      this.#config.appDeletions.set(id, { ...stored, due: leaseUntil });
      return { erased, isMore: false };
    }
    const { kind, count } = batch;
    const counted = { ...stored.erased, [kind]: stored.erased[kind] + count };
    this.#config.appDeletions.set(id, { ...stored, due: leaseUntil, erased: counted });
    return { erased: { ...erased, [kind]: count }, isMore: true };
  }

  async release(
    { deletion: { id }, token }: ClaimedDeletion,
    { due, emptySince, finishedAt }: ReleaseChange,
  ): Promise<void> {
    const stored = this.#findHeld(id, token);
    if (stored === undefined) return;
    this.#config.appDeletions.set(id, {
      ...stored,
      ...(finishedAt === undefined ? {} : { status: 'done', finishedAt }),
      due,
      emptySince,
      token: undefined,
      turnAt: due === undefined ? undefined : stored.turnAt,
    });
  }

  #findHeld(id: string, token: string): StoredAppDeletion | undefined {
    const stored = this.#config.appDeletions.get(id);
    return stored?.token === token ? stored : undefined;
  }

  #deleteCalls(appId: string): void {
    const { calls } = this.#config;
    for (const call of calls.values()) if (call.appId === appId) calls.delete(call.id);
  }
}

/** Undefined comes first, and so does what was never. */
function compareNumbers(a = -Infinity, b = -Infinity): number {
  return a === b ? 0 : a - b;
}

function toAppDeletion(stored: StoredAppDeletion): AppDeletion {
  const { id, appId, accountId, status, erased, createdAt, finishedAt } = stored;
  return { id, appId, accountId, status, erased: { ...erased }, createdAt, finishedAt };
}

import type { OwnershipView, PartitionClaim, PartitionRecord } from '../../domain/ports/ownership.ts';

export interface ShareOptions {
  readonly id: string;
  /** Whether this process sends and does not shut down. */
  readonly canOwn: boolean;
  /** The partitions that this process knows that it owns. */
  isHeld(partition: number): boolean;
  /** Processes that this process has fenced since the view was read. */
  readonly fenced: ReadonlySet<string>;
}

/** What a process does to get its share. */
export interface SharePlan {
  /** Partitions to take: free ones, those of fenced processes, and own ones whose epoch is unknown. */
  readonly take: readonly PartitionClaim[];
  /** Partitions of other processes to ask for. */
  readonly want: readonly PartitionRecord[];
  /** Own partitions that others ask for and get. */
  readonly offer: readonly Offer[];
  /** Own partitions that others ask for and do not get. */
  readonly reject: readonly PartitionRecord[];
}

export interface Offer {
  readonly partition: number;
  readonly newOwner: string;
}

const nothing: SharePlan = { take: [], want: [], offer: [], reject: [] };

/**
 * Plans the next step towards an even distribution: each sender takes free partitions up to its quota, and asks
 * the fullest sender for more if there are none. Partitions move only from a sender to one that has at least two
 * fewer, so every move makes the distribution more even, and moves end.
 */
export function planShare(view: OwnershipView, options: ShareOptions): SharePlan {
  if (!options.canOwn) return nothing;
  const { id, isHeld } = options;
  const senders = findSenders(view, options);
  const quota = Math.ceil(view.partitions.length / senders.size);
  const owned = view.partitions.filter(({ owner }) => owner === id);
  const counts = countOwned(view, senders);

  const { offer, reject } = planOffers(
    owned.filter(({ partition }) => isHeld(partition)),
    new Map(counts),
    id,
  );
  const free = view.partitions.filter(({ owner }) => owner === null || isFenced(owner, view, options.fenced));
  const taken = rotate(free, id).slice(0, Math.max(0, quota - owned.length));
  // Such a partition was handed to this process, or the result of an earlier write is unknown. The higher epoch
  // ends writes that are still on their way.
  const unknown = owned.filter(({ partition }) => !isHeld(partition));
  counts.set(id, owned.length + taken.length);
  return { take: [...unknown, ...taken], want: planWants(view, counts, quota, id), offer, reject };
}

/** The processes that share the partitions, this one included. */
function findSenders(view: OwnershipView, { id, fenced }: ShareOptions): Set<string> {
  const live = view.processes.filter(
    (process) =>
      process.sends && process.state === 'live' && process.until > view.now && !fenced.has(process.id),
  );
  return new Set([id, ...live.map((process) => process.id)]);
}

function countOwned(view: OwnershipView, senders: ReadonlySet<string>): Map<string, number> {
  const counts = new Map([...senders].map((id) => [id, 0]));
  for (const { owner } of view.partitions) {
    if (owner !== null && senders.has(owner)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return counts;
}

function isFenced(owner: string, view: OwnershipView, fenced: ReadonlySet<string>): boolean {
  return fenced.has(owner) || view.processes.some(({ id, state }) => id === owner && state === 'fenced');
}

/** Splits the requests for own partitions into those that make the distribution more even, and others. */
function planOffers(
  held: readonly PartitionRecord[],
  counts: Map<string, number>,
  id: string,
): Pick<SharePlan, 'offer' | 'reject'> {
  const offer: Offer[] = [];
  const reject: PartitionRecord[] = [];
  for (const record of held) {
    const { partition, wanted } = record;
    if (wanted === null) continue;
    if (move(counts, id, wanted)) offer.push({ partition, newOwner: wanted });
    else reject.push(record);
  }
  return { offer, reject };
}

/** Picks partitions of the fullest senders, on top of what all senders have asked for already. */
function planWants(
  view: OwnershipView,
  counts: Map<string, number>,
  quota: number,
  id: string,
): PartitionRecord[] {
  const available = new Map<string, PartitionRecord[]>();
  for (const record of rotate(view.partitions, id)) {
    const { owner, wanted } = record;
    if (owner === null || owner === id || !counts.has(owner)) continue;
    if (wanted !== null && counts.has(wanted)) {
      counts.set(owner, getCount(counts, owner) - 1);
      counts.set(wanted, getCount(counts, wanted) + 1);
    } else {
      available.set(owner, [...(available.get(owner) ?? []), record]);
    }
  }
  const want: PartitionRecord[] = [];
  while (getCount(counts, id) < quota) {
    const [fullest] = [...available.keys()]
      .filter((owner) => (available.get(owner)?.length ?? 0) > 0)
      .sort((a, b) => getCount(counts, b) - getCount(counts, a));
    const record = fullest === undefined ? undefined : available.get(fullest)?.pop();
    if (fullest === undefined || record === undefined || !move(counts, fullest, id)) break;
    want.push(record);
  }
  return want;
}

/** Counts a move if it makes the distribution more even. */
function move(counts: Map<string, number>, from: string, to: string): boolean {
  if (!counts.has(to) || getCount(counts, from) - getCount(counts, to) < 2) return false;
  counts.set(from, getCount(counts, from) - 1);
  counts.set(to, getCount(counts, to) + 1);
  return true;
}

function getCount(counts: ReadonlyMap<string, number>, id: string): number {
  return counts.get(id) ?? 0;
}

/** Starts at a place that depends on the process, so that processes seldom compete for the same partitions. */
function rotate(records: readonly PartitionRecord[], id: string): readonly PartitionRecord[] {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) % 65_521;
  const start = records.length === 0 ? 0 : hash % records.length;
  return [...records.slice(start), ...records.slice(0, start)];
}

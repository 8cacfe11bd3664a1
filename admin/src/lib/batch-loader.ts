/** Ids of one call. The server accepts as many. */
const maxIds = 200;

/** Ids that are asked for within this time share a call, ms. */
const gatherMs = 10;

/**
 * Loads objects by their ids. The rows of a table ask for one each, and share a call.
 *
 * @example
 * const loader = new BatchLoader((ids) => client.apps.list.query({ ids }).then(({ items }) => items));
 * await loader.load('app_shop'); // the app, or null
 */
export class BatchLoader<TItem extends { readonly id: string }> {
  readonly #loadMany: (ids: string[]) => Promise<readonly TItem[]>;
  #gathering: { readonly ids: Set<string>; readonly found: Promise<ReadonlyMap<string, TItem>> } | undefined;

  constructor(loadMany: (ids: string[]) => Promise<readonly TItem[]>) {
    this.#loadMany = loadMany;
  }

  /** Returns null for an object that does not exist, or that the caller may not see. */
  async load(id: string): Promise<TItem | null> {
    if (this.#gathering === undefined || this.#gathering.ids.size >= maxIds) this.#gather();
    const { ids, found } = this.#gathering ?? this.#gather();
    ids.add(id);
    return (await found).get(id) ?? null;
  }

  #gather() {
    const ids = new Set<string>();
    const found = new Promise((resolve) => setTimeout(resolve, gatherMs)).then(async () => {
      if (this.#gathering?.ids === ids) this.#gathering = undefined;
      const items = await this.#loadMany([...ids]);
      return new Map(items.map((item) => [item.id, item]));
    });
    this.#gathering = { ids, found };
    return this.#gathering;
  }
}

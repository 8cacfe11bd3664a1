import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  matchesEventType,
  type EventTypeDetail,
  type EventTypeListItem,
  type EventTypeView,
} from '@tocsin/shared';
import { useCan, useSession } from './session.ts';
import { trpc, type CallError, type Inputs } from './trpc.ts';

export type EventTypeOrigin = EventTypeListItem['origin'];

export interface EventTypeFilter {
  /** Part of the name. */
  readonly search?: string | undefined;
  /** The beginning of the name. */
  readonly prefix?: string | undefined;
  readonly origin?: EventTypeOrigin | undefined;
  /** Only for the operator. Undefined: the caller's account, or the default one. */
  readonly accountId?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface EventTypePage {
  /** Undefined during the first load. */
  readonly items: readonly EventTypeListItem[] | undefined;
  /** Null on the last page. */
  readonly nextCursor: string | null;
  /** Whether the items belong to an earlier filter. */
  readonly isOutdated: boolean;
  readonly error: CallError | null;
  readonly refetch: () => void;
}

/** How long types are cached. Others can register some at any time. */
const staleTime = 30_000;

/**
 * A page of the event types that an account can use, by name. A key that may neither publish nor read events gets
 * those that all accounts have from the server's catalog.
 */
export function useEventTypes(filter: EventTypeFilter): EventTypePage {
  const canList = useCanList();
  const listed = useQuery(
    trpc.eventTypes.list.queryOptions(toListInput(filter), {
      enabled: canList,
      staleTime,
      placeholderData: keepPreviousData,
    }),
  );
  const common = useQuery(commonOptions(!canList));
  if (canList) {
    return {
      items: listed.data?.items,
      nextCursor: listed.data?.nextCursor ?? null,
      isOutdated: listed.isPlaceholderData || listed.isLoading,
      error: listed.error,
      refetch: () => void listed.refetch(),
    };
  }
  return {
    items: common.data?.map(toListItem).filter((type) => matchesFilter(type, filter)),
    nextCursor: null,
    isOutdated: common.isLoading,
    error: common.error,
    refetch: () => void common.refetch(),
  };
}

/** Whether the caller may list the types of its account. */
function useCanList(): boolean {
  const can = useCan();
  return can('events:read') || can('events:publish');
}

/** The types of the server's catalog. They change only with the server. */
function commonOptions(enabled: boolean) {
  return trpc.events.types.queryOptions(undefined, { enabled, staleTime: Infinity });
}

/** Returns whether the caller may register and delete event types. A key of one app may not. */
export function useCanRegister(): boolean {
  const can = useCan();
  const { actor } = useSession();
  return can('catalog:write') && actor.appId === null;
}

/** The types that a name or pattern selects now, at most one page. */
export function usePatternMatches(pattern: string, accountId: string | undefined): EventTypePage {
  const page = useEventTypes({ prefix: pattern.slice(0, -1), accountId, limit: 200 });
  return {
    ...page,
    items: page.items?.filter((type) => type.subscribable && matchesEventType(pattern, type.type)),
  };
}

function toListInput({ search, prefix, origin, accountId, cursor, limit }: EventTypeFilter) {
  return {
    limit,
    ...(search !== undefined && search !== '' && { search }),
    ...(prefix !== undefined && prefix !== '' && { prefix }),
    ...(origin !== undefined && { origin }),
    ...(accountId !== undefined && { accountId }),
    ...(cursor !== undefined && { cursor }),
  } satisfies Inputs['eventTypes']['list'];
}

function matchesFilter(
  type: EventTypeListItem,
  { search = '', prefix = '', origin }: EventTypeFilter,
): boolean {
  return (
    type.type.includes(search) &&
    type.type.startsWith(prefix) &&
    (origin === undefined || type.origin === origin)
  );
}

function toListItem(view: EventTypeView): EventTypeListItem {
  return {
    ...view,
    origin: view.family === null ? 'file' : 'built_in',
    accountId: null,
    version: 1,
    versions: [1],
    pinnableVersions: [1],
    presentation: null,
    updatedAt: null,
  };
}

const familyLabels = { authon: 'Authon', authforge: 'AuthForge' } as const;

/** Where a type comes from, and who has it. */
export function toOriginLabel({
  family,
  origin,
  accountId,
}: Pick<EventTypeListItem, 'family' | 'origin' | 'accountId'>): string {
  if (family !== null) return `Built-in, ${familyLabels[family]}`;
  if (origin === 'file') return 'Catalog file';
  return accountId === null ? 'All accounts' : 'Your account';
}

/** Descriptions are shared with the Markdown documentation. Backticks are the only markup they use. */
export function toPlainText(description: string): string {
  return description.replaceAll('`', '');
}

export interface EventTypeResult {
  readonly data: EventTypeDetail | undefined;
  /** Whether there is no such type, or it was deleted. */
  readonly isMissing: boolean;
  readonly error: CallError | null;
  readonly refetch: () => void;
}

/** An event type with all versions. Undefined `type`: none is read. */
export function useEventType(type: string | undefined, accountId: string | undefined): EventTypeResult {
  const canList = useCanList();
  const input = { type: type ?? '', ...(accountId !== undefined && { accountId }) };
  const single = useQuery(
    trpc.eventTypes.get.queryOptions(input, { enabled: canList && type !== undefined, staleTime }),
  );
  const common = useQuery(commonOptions(!canList && type !== undefined));
  if (canList) {
    return {
      data: single.data,
      isMissing: single.error?.data?.tocsin.code === 'NOT_FOUND',
      error: single.error,
      refetch: () => void single.refetch(),
    };
  }
  return {
    data: common.data
      ?.map(toListItem)
      .filter((known) => known.type === type)
      .map(toDetail)[0],
    // Types of the account cannot be read, so a missing one may exist.
    isMissing: false,
    error: common.error,
    refetch: () => void common.refetch(),
  };
}

function toDetail(type: EventTypeListItem): EventTypeDetail {
  return { ...type, history: [{ ...type, createdAt: null }] };
}

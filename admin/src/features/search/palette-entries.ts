import type { SearchHit, SearchResult } from '@tocsin/shared';
import { ArrowRight, History, UserSearch, type LucideIcon } from 'lucide-react';
import { kindStyles, toHitHref, toTimelineHref, type PageLink } from './kinds.ts';

/** A line of the palette that can be chosen. */
export interface PaletteEntry {
  readonly key: string;
  readonly icon: LucideIcon;
  readonly title: string;
  readonly subtitle: string;
  /** Whether the subtitle is a URL. */
  readonly isUrl: boolean;
  /** ISO timestamp. */
  readonly at: string | null;
  /** Shown at the end of the line. */
  readonly account: string | null;
  /** Undefined: the entry puts its title into the field. */
  readonly href: string | undefined;
}

export interface PaletteGroup {
  readonly label: string;
  readonly entries: readonly PaletteEntry[];
  /** Shown below the entries. */
  readonly note?: string | undefined;
}

const plain = { subtitle: '', isUrl: false, at: null, account: null } as const;

/** What the palette offers before anything is typed. */
export function toStartGroups(recent: readonly string[], pages: readonly PageLink[]): PaletteGroup[] {
  return [
    ...(recent.length === 0 ? [] : [{ label: 'Recent searches', entries: recent.map(toRecentEntry) }]),
    { label: 'Go to', entries: pages.map(toPageEntry) },
  ];
}

/** The hits, and the pages with a matching name. */
export function toResultGroups(
  query: string,
  result: SearchResult | undefined,
  pages: readonly PageLink[],
): PaletteGroup[] {
  const groups = (result?.groups ?? []).map(({ kind, hits, hasMore }): PaletteGroup => ({
    label: kindStyles[kind].label,
    entries: [...(kind === 'value' && hits.length > 1 ? [toAllAccounts(hits)] : []), ...hits.map(toHitEntry)],
    note: hasMore ? 'There are more. Type more characters to narrow them.' : undefined,
  }));
  const matching = pages.filter(({ label }) => label.toLowerCase().includes(query.toLowerCase()));
  return [
    ...groups,
    ...(matching.length === 0 ? [] : [{ label: 'Go to', entries: matching.map(toPageEntry) }]),
  ];
}

/** One timeline of a value that several accounts have. */
function toAllAccounts([first]: readonly SearchHit[]): PaletteEntry {
  const q = first?.id ?? '';
  const title = `${q} in all accounts`;
  return { ...plain, key: 'value of all', icon: UserSearch, title, href: toTimelineHref({ q }) };
}

function toRecentEntry(query: string): PaletteEntry {
  return { ...plain, key: `recent ${query}`, icon: History, title: query, href: undefined };
}

function toPageEntry({ href, label }: PageLink): PaletteEntry {
  return { ...plain, key: `page ${href}`, icon: ArrowRight, title: label, href };
}

function toHitEntry(hit: SearchHit): PaletteEntry {
  const { kind, id, title, subtitle, accountName, at } = hit;
  return {
    key: `${kind} ${id} ${hit.accountId}`,
    icon: kindStyles[kind].icon,
    title,
    subtitle,
    isUrl: kind === 'webhook',
    at,
    account: kind === 'account' ? null : accountName,
    href: toHitHref(hit),
  };
}

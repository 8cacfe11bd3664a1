import type { Page } from '@tocsin/shared';

/* Conversions for views: epoch ms become ISO 8601 strings with ms and Z. */

export function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function toIsoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : toIso(epochMs);
}

export function mapPage<TFrom, TTo>(page: Page<TFrom>, map: (item: TFrom) => TTo): Page<TTo> {
  return { items: page.items.map(map), nextCursor: page.nextCursor };
}

import { authforgeEvents } from '../events/authforge.ts';
import { authonEvents } from '../events/authon.ts';
import type { AuthforgeEvents, AuthonEvents } from '../events/built-in-events.ts';
import type { AnyCatalog, Catalog } from './catalog.ts';
import { defineCatalog } from './define-catalog.ts';

const { test: _authonPing, ...authon } = authonEvents;
const { 'test.ping': _authforgePing, ...authforge } = authforgeEvents;

/*
 * The types of the built-in events are written for publishers, who may leave out `appId`. The schemas of the
 * wire require it, so the types cannot be inferred from them.
 */

/** The events of Authon as a catalog, without its test ping. */
export const authonCatalog = /* @__PURE__ */ defineCatalog(authon) as AnyCatalog as Catalog<AuthonEvents>;

/** The events of AuthForge as a catalog, without its test ping. */
export const authforgeCatalog = /* @__PURE__ */ defineCatalog(
  authforge,
) as AnyCatalog as Catalog<AuthforgeEvents>;

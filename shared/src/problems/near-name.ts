const maxNear = 3;

/** Names longer than the longest name of the API are near to none. Bounds the cost of a comparison. */
const maxLength = 100;

/** Names that other webhook services use for the same field. */
const synonyms: readonly (readonly string[])[] = [
  ['event', 'type', 'eventtype', 'eventname', 'topic'],
  ['events', 'types', 'eventtypes', 'enabledevents', 'filtertypes', 'topics'],
  ['data', 'payload', 'body', 'content'],
  ['url', 'endpoint', 'target', 'targeturl', 'uri', 'callback', 'callbackurl', 'webhookurl'],
  ['appid', 'app', 'application', 'applicationid'],
  ['accountid', 'account', 'tenant', 'tenantid'],
  ['webhookid', 'webhook', 'endpointid'],
  ['enabled', 'active', 'disabled', 'isactive', 'isenabled'],
  ['limit', 'pagesize', 'perpage', 'count', 'take'],
  ['cursor', 'page', 'pagetoken', 'startingafter', 'offset', 'iterator'],
  ['since', 'from', 'after', 'start'],
  ['until', 'to', 'before', 'end'],
  ['expiresat', 'expires', 'expiry', 'expiration'],
  ['scopes', 'permissions', 'roles'],
  ['timestamp', 'time', 'occurredat', 'createdat'],
  ['idempotencykey', 'eventid', 'dedupekey', 'deduplicationid'],
];

/**
 * Returns the names that a misspelt name probably means, nearest first, at most three. A name is near if it has another
 * case or separator, differs in few characters, or is what other services call the same field.
 */
export function findNearNames(name: string, known: readonly string[]): readonly string[] {
  if (name.length > maxLength) return [];
  const plain = toPlain(name);
  const same = known.filter((other) => toPlain(other) === plain);
  if (same.length > 0) return same.slice(0, maxNear);
  const near = findByDistance(name, known);
  if (near.length > 0) return near;
  const group = synonyms.find((names) => names.includes(plain)) ?? [];
  return known.filter((other) => group.includes(toPlain(other))).slice(0, maxNear);
}

/** Near names in the order of their distance. Short names must be nearer, because they differ in few characters anyway. */
function findByDistance(name: string, known: readonly string[]): readonly string[] {
  return known
    .map((other) => ({ other, distance: toDistance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, distance }) => distance <= toAllowance(Math.min(name.length, other.length)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxNear)
    .map(({ other }) => other);
}

function toAllowance(length: number): number {
  if (length < 3) return 0;
  return length === 3 ? 1 : Math.max(2, Math.floor(length / 4));
}

/** `app_id`, `App-Id` and `appId` are the same name. */
function toPlain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** The number of characters to insert, remove or replace (Levenshtein distance). */
function toDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

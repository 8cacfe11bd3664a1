/**
 * Values for `$in` and `$nin` that match event types: names as they are, and patterns such as `invoice.*` as
 * anchored regular expressions, which an index answers by a range.
 */
export function toTypeValues(entries: readonly string[]): (string | RegExp)[] {
  return entries.map((entry) =>
    // A pattern has letters, digits, `_`, `-` and dots before its asterisk.
    entry.endsWith('*') ? new RegExp(`^${entry.slice(0, -1).replaceAll('.', '\\.')}`) : entry,
  );
}

/**
 * Returns a name of letters and digits for each event type, such as `InvoicePaid` for `invoice.paid`. Names are
 * unique: a later type whose name is taken gets a number. Code generators make types and functions of them.
 */
export function toIdentifiers(types: readonly string[]): ReadonlyMap<string, string> {
  const byType = new Map<string, string>();
  const taken = new Set<string>();
  for (const type of types) {
    const name = toPascalCase(type);
    let identifier = name;
    // Behind `_`, which no other name has.
    for (let number = 2; taken.has(identifier); number++) identifier = `${name}_${number}`;
    taken.add(identifier);
    byType.set(type, identifier);
  }
  return byType;
}

function toPascalCase(type: string): string {
  return type
    .split(/[._-]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

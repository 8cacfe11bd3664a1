/** What is wrong with the data of an event, by field. */
export interface DataErrors {
  /** By the name of the field in the form. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** All of them with their paths, such as `lines.0.amount: must be a number`. Empty: the error is not about the data. */
  readonly all: readonly string[];
  /** Those that belong to no field of the form. */
  readonly unplaced: readonly string[];
}

/**
 * Reads the server's message about invalid data: `data.amount: must be a number; data.lines.0: ... (event
 * invoice.paid)`.
 */
export function dataErrorsFromMessage(message: string, names: readonly string[]): DataErrors {
  if (!/^data[.:]/.test(message)) return { fields: new Map(), all: [], unplaced: [] };
  const text = message.replace(/ \(event [^)]*\)$/, '');
  const all = text.split(/; (?=data[.:]|and \d+ more$)/).map((part) => part.replace(/^data[.:] ?/, ''));
  const fields = new Map<string, string[]>();
  const unplaced: string[] = [];
  for (const error of all) {
    const name = names.find(
      (candidate) => error.startsWith(`${candidate}:`) || error.startsWith(`${candidate}.`),
    );
    if (name === undefined) {
      unplaced.push(error);
      continue;
    }
    const rest = error.slice(name.length).replace(/^[.:] ?/, '');
    fields.set(name, [...(fields.get(name) ?? []), rest]);
  }
  return { fields, all, unplaced };
}

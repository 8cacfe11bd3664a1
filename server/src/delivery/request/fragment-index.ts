/*
 * Finds parts of credentials in a text, whatever stands between their characters. Compares letters and digits
 * only, without case, so that line breaks, punctuation and a changed case hide nothing.
 */

/** The shortest part to find. Shorter ones occur by chance, and reveal too little. */
const fragmentLength = 8;

/** Parts without a digit must be longer, because they can be ordinary words. */
const wordLength = 12;

/** Limits the memory of an index. Of more credentials than this, only longer parts are found. */
const maxFragments = 8192;

const filterSize = 4096;
const factor = 31;
const leadingFactor = fragmentLengthPower();

/** A range of a text, `end` exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** An index of the parts of credentials, forwards and backwards. */
export class FragmentIndex {
  readonly #fragments = new Set<string>();
  readonly #whole = new Set<string>();
  /** Marks the hashes of fragments, so that most positions of a text cost one look-up in an array. */
  readonly #filter = new Uint8Array(filterSize);

  constructor(credentials: readonly string[]) {
    const texts = credentials.map(fold).flatMap((text) => [text, reverse(text)]);
    const total = texts.reduce((sum, text) => sum + text.length, 0);
    const step = Math.ceil(total / maxFragments);
    for (const text of texts) {
      this.#whole.add(text);
      for (let at = 0; at + fragmentLength <= text.length; at += step) {
        this.#fragments.add(text.slice(at, at + fragmentLength));
      }
    }
    for (const fragment of this.#fragments) this.#filter[toSlot(hash(fragment))] = 1;
  }

  /** Whether a text contains a part of a credential. */
  isFoundIn(text: string): boolean {
    return this.#search(fold(text)).length > 0;
  }

  /** Returns where a text contains parts of credentials, in ascending order, without overlap. */
  findIn(text: string): TextRange[] {
    const found = this.#search(fold(text));
    if (found.length === 0) return [];
    const positions = toPositions(text);
    return found.map(({ start, end }) => ({
      start: positions[start] ?? 0,
      end: (positions[end - 1] ?? text.length) + 1,
    }));
  }

  #search(folded: string): TextRange[] {
    const found: { start: number; end: number }[] = [];
    let rolling = 0;
    for (let at = 0; at < folded.length; at++) {
      const start = at - fragmentLength + 1;
      const leaving = start > 0 ? folded.charCodeAt(start - 1) : 0;
      rolling = (Math.imul(rolling - Math.imul(leaving, leadingFactor), factor) + folded.charCodeAt(at)) | 0;
      if (start < 0 || this.#filter[toSlot(rolling)] === 0) continue;
      if (!this.#fragments.has(folded.slice(start, at + 1))) continue;
      const last = found.at(-1);
      if (last !== undefined && start <= last.end) last.end = at + 1;
      else found.push({ start, end: at + 1 });
    }
    return found.filter(({ start, end }) => this.#isRevealing(folded.slice(start, end)));
  }

  #isRevealing(part: string): boolean {
    return part.length >= wordLength || /\d/.test(part) || this.#whole.has(part);
  }
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '');
}

/** The position in the text of each character of its folded form. */
function toPositions(text: string): number[] {
  const positions: number[] = [];
  for (let at = 0; at < text.length; at++) {
    for (let count = fold(text.charAt(at)).length; count > 0; count--) positions.push(at);
  }
  return positions;
}

function reverse(text: string): string {
  return text.split('').reverse().join('');
}

function hash(fragment: string): number {
  let value = 0;
  for (let at = 0; at < fragment.length; at++) {
    value = (Math.imul(value, factor) + fragment.charCodeAt(at)) | 0;
  }
  return value;
}

function toSlot(value: number): number {
  return (value ^ (value >>> 12)) & (filterSize - 1);
}

/** What the first character of a fragment contributes to its hash, before the next character is added. */
function fragmentLengthPower(): number {
  let power = 1;
  for (let count = 1; count < fragmentLength; count++) power = Math.imul(power, factor);
  return power;
}

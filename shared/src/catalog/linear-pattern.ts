/** Look-around, back references and named back references. */
const backtracking = /\(\?(?:=|!|<=|<!)|\\[1-9]|\\k</;

/**
 * Whether a pattern has only constructs that an automaton can match in linear time: no look-around and no back
 * references. An engine can still reject it.
 */
export function isLinearPattern(pattern: string): boolean {
  // Escapes and classes first, because they can contain the characters of other constructs.
  const outside = pattern.replaceAll(/\\[^1-9k]/gu, '').replaceAll(/\[(?:\\.|[^\]\\])*\]/gu, '');
  return !backtracking.test(outside);
}

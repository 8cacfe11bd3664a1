import { RE2JS } from 're2js';

/**
 * The engine for `pattern` and `patternProperties`: matches in linear time, so that no pattern and no text can keep
 * the process busy (ReDoS). Throws for what it cannot match in linear time, such as look-ahead and back references.
 */
export const linearRegExp = Object.assign(toLinearRegExp, {
  /** Only for generated source code, which is not used. */
  code: 'toLinearRegExp',
});

function toLinearRegExp(pattern: string) {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return {
    test: (text: string) => compiled.matcher(text).find(),
    // ajv shares compiled patterns by this text. Without it, all patterns of an instance would be the first one.
    toString: () => `re2:${pattern}`,
  };
}

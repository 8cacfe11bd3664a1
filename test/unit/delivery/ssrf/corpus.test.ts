import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseTarget } from '../../../../server/src/delivery/ssrf/parse-target.ts';

/** An input, and either its normal form, or the rule that rejects it and a part of the reason. */
type Entry =
  | { readonly input: string; readonly normal: string }
  | { readonly input: string; readonly rejected: string; readonly why: string };

const corpus = JSON.parse(readFileSync(new URL('corpus.json', import.meta.url), 'utf8')) as Entry[];

test('the corpus has at least 120 different inputs', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(120);
  expect(new Set(corpus.map((entry) => entry.input)).size).toBe(corpus.length);
});

test.each(corpus.filter((entry) => 'normal' in entry))(
  '$input is accepted as $normal',
  ({ input, normal }) => {
    const parsed = parseTarget(input, {});
    expect(parsed).toMatchObject({ ok: true, target: { url: normal } });
    // The normal form is stored and parsed again on every attempt, so it must be its own normal form.
    expect(parseTarget(normal, {})).toEqual(parsed);
  },
);

test.each(corpus.filter((entry) => 'rejected' in entry))(
  '$input is rejected by the rule $rejected',
  ({ input, rejected, why }) => {
    const parsed = parseTarget(input, {});
    expect(parsed).toMatchObject({ ok: false, rule: rejected });
    expect(!parsed.ok && parsed.why).toContain(why);
  },
);

import { describe, expect, it } from 'vitest';
import { readIfMatch, toEntityTag } from '../../../server/src/transport/rest/v2/entity-tag.ts';

describe('If-Match', () => {
  it.each([
    ['"3"', 3],
    [' "0" ', 0],
    ['*', undefined],
    ['W/"2", "3"', 3],
    ['"other", "3", "3"', 3],
  ])('%s expects the revision %j', (header, revision) => {
    expect(readIfMatch(header)).toBe(revision);
  });

  it('that is the tag of a response expects its revision', () => {
    expect(readIfMatch(toEntityTag(17))).toBe(17);
  });

  it.each(['W/"3"', '"abc"', '"03"', '""', '"-1"'])('%s matches no revision', (header) => {
    expect(readIfMatch(header)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each(['3', '"3', "'3'", '', '"3" "4"', '"3",', 'w/"3"', '"a b"'])('%j is malformed', (header) => {
    expect(() => readIfMatch(header)).toThrow(/^If-Match: must be \* or the ETag of a response/);
  });

  it('with several revisions is rejected', () => {
    expect(() => readIfMatch('"3", "4"')).toThrow(/^If-Match: must have one entity tag/);
  });
});

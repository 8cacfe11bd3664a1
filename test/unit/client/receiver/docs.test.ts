import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { getVector } from './vectors.ts';

const page = readFileSync(new URL('../../../../docs/receivers.md', import.meta.url), 'utf8');

describe('the guide for receivers', () => {
  it('shows the values of the test vectors', () => {
    const standard = getVector('standard', 'one signature');
    const authforge = getVector('authforge', "the wire contract's example");
    const shown = [
      ...standard.secrets,
      standard.body,
      ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => standard.headers[name]),
      authforge.body,
      authforge.headers['x-authforge-signature'],
    ];
    for (const text of shown) expect(page).toContain(text);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const readme = readFileSync(new URL('server/testing/README.md', root), 'utf8');

describe('the README of the test kit', () => {
  it.each(['publisher', 'receiver', 'retries'])('shows the example %s as it is tested', (name) => {
    const path = `test/unit/testing/examples/${name}.test.ts`;
    const code = readFileSync(new URL(path, root), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${code}\`\`\`\n`);
  });
});

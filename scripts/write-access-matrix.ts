import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import {
  callers,
  otherRoutes,
  outcomeOf,
  procedureRules,
  routeRules,
  strangers,
  type AccessRule,
} from '../test/support/access-rules.ts';

/* Writes docs/access.md from the table that the tests hold the server to. With --check: says whether it is up to date. */

const page = fileURLToPath(new URL('../docs/access.md', import.meta.url));

const introduction = `
# Who may do what

Made by \`scripts/write-access-matrix.ts\` from \`test/support/access-rules.ts\`; do not edit. A test calls every procedure and
every route as every kind of caller and compares the answers with this table, and fails when one of them has no row.

- **Callers.** A bearer token is the root token or an API key. A key belongs to one account and has scopes; \`*\` is every
  right within its account, except the operator's. "None" stands for no credential, a malformed one, and a key that is
  unknown, expired or revoked: they are all told the same, 401.
- **Cells.** \`yes\`: let through. A number: refused with this status. \`none of it\`: let through, and shown nothing that
  is another account's.
- **Another's things.** What is named by its app is refused with 403, whether the app belongs to somebody else or to nobody
  (the published contracts ask for 403). What is named by its own id is 404 in both cases. The two cases have the same
  status, code and wording.
- **Revocation** holds in every process within a second; so does expiry, to the millisecond of the database's clock.
`;

const known = callers.filter((caller) => !strangers.includes(caller));
const columns = ['None', ...known.map(({ name }) => name.replace(/^(\*|[a-z]+:[a-z]+)/, '`$1`'))];

function tableOf(heading: string, rules: readonly AccessRule[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = rules.map((rule) => {
    const [none] = strangers;
    if (none === undefined) throw new Error('somebody has no credential');
    return row([
      `\`${rule.operation}\``,
      ...[none, ...known].map((caller) => String(outcomeOf(rule, caller))),
    ]);
  });
  return [
    `## ${heading}`,
    '',
    row(['', ...columns]),
    row(['---', ...columns.map(() => ':-:')]),
    ...lines,
  ].join('\n');
}

async function pageText(): Promise<string> {
  const others = otherRoutes.map(({ route, why }) => `- \`${route.source.replaceAll('\\', '')}\`: ${why}`);
  const text = [
    introduction.trim(),
    tableOf('tRPC', procedureRules),
    'Each event of `events.publishMany` is judged by itself: that of a foreign app finds its refusal in its place in the list.',
    tableOf('REST and the rest', routeRules),
    '`/metrics` needs no key where `METRICS_PUBLIC=true`.',
    '## Routes that are not in the table',
    others.join('\n'),
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(page)), parser: 'markdown' });
}

const wanted = await pageText();
if (!process.argv.includes('--check')) {
  await writeFile(page, wanted);
} else if ((await readFile(page, 'utf8')) !== wanted) {
  console.error('docs/access.md is not what the rules make: run scripts/write-access-matrix.ts');
  process.exitCode = 1;
}

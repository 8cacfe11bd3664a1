import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = execFileSync('git', ['ls-files', '-z', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((page) => page !== '' && existsSync(join(root, page)));

/** The text of a page without fenced code, in which nothing is a link or a heading. */
function readProse(page: string): string {
  return readFileSync(join(root, page), 'utf8').replace(/^( *)(```|~~~)[^]*?^\1\2.*$/gm, '');
}

/** Targets of links and images that point into the repository. */
function findTargets(page: string): string[] {
  const prose = readProse(page).replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map(
    ([, target = '']) => target,
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** Anchors that GitHub gives to the headings of a page. A repeated heading gets a number. */
function findAnchors(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of readProse(page).matchAll(/^#{1,6} +(.*?) *$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Why a link leads nowhere, or undefined. */
function findFault(page: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
  if (!existsSync(join(root, file))) return `${page}: ${target}: no such file`;
  if (anchor === undefined || !file.endsWith('.md') || findAnchors(file).has(anchor)) return undefined;
  return `${page}: ${target}: no such heading`;
}

describe('links in Markdown', () => {
  it('lead to files and headings that exist', () => {
    const links = pages.flatMap((page) => findTargets(page).map((target) => ({ page, target })));
    // Without this, a broken pattern would find no links and pass.
    expect(links.length).toBeGreaterThan(100);
    expect(links.map(({ page, target }) => findFault(page, target)).filter(Boolean)).toEqual([]);
  });
});

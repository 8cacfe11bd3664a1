import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { declaredIn, seriesIn } from '../../support/exposition.ts';
import { metricLabels } from '../../support/metric-labels.ts';
import { metricsText } from '../../support/metrics-text.ts';

const pathOf = (file: string) => fileURLToPath(new URL(`../../../deploy/${file}`, import.meta.url));
const read = (file: string) => readFileSync(pathOf(file), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const { groups } = parse(read('prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('grafana/tocsin.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Names that a query may use: of series, and not of histograms, which have none of their own. */
let known: ReadonlySet<string>;
beforeAll(async () => {
  const text = await metricsText();
  const gaugesAndCounters = [...declaredIn(text)].filter(([, kind]) => kind !== 'histogram');
  known = new Set([...gaugesAndCounters.map(([name]) => name), ...seriesIn(text).map(({ name }) => name)]);
});

const unknownNames = (query: string) =>
  [...query.matchAll(/\btocsin_\w+/g)].map(([name]) => name).filter((name) => !known.has(name));

/** Values that a query compares a label of ours with, and that the label never has. */
const impossibleValues = (query: string) =>
  [...query.matchAll(/\b(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].flatMap(([, label = '', values = '']) =>
    label in metricLabels ? values.split('|').filter((value) => !metricLabels[label]?.includes(value)) : [],
  );

describe('deploy/prometheus/alerts.yml', () => {
  it('asks only for metrics that there are, and for values that their labels can have', () => {
    expect(rules.flatMap(({ expr }) => [...unknownNames(expr), ...impossibleValues(expr)])).toEqual([]);
  });

  it('says of each alert how bad it is and what to do', () => {
    for (const { labels, annotations } of rules) {
      expect(labels.severity).toMatch(/^(warning|critical)$/);
      expect(annotations.summary).not.toBe('');
      expect(annotations.description).not.toBe('');
    }
  });

  it('has the alerts that docs/operations.md explains', () => {
    const page = readFileSync(pathOf('../docs/operations.md'), 'utf8');
    const explained = [...page.matchAll(/^\| `(Tocsin\w+)`/gm)].map(([, name]) => name);
    expect(rules.map(({ alert }) => alert)).toEqual(explained);
  });

  const hasPromtool = isOnPath('promtool');
  it.skipIf(!hasPromtool)('is what promtool accepts', () => {
    execFileSync('promtool', ['check', 'rules', pathOf('prometheus/alerts.yml')], { stdio: 'pipe' });
  });
});

describe('deploy/grafana/tocsin.json', () => {
  it('asks only for metrics that there are, and for values that their labels can have', () => {
    const all = [...queries, ...dashboard.templating.list.map(({ query }) => query)];
    expect(all.flatMap((query) => [...unknownNames(query), ...impossibleValues(query)])).toEqual([]);
  });

  it('shows each metric of ours', () => {
    const own = [...known].filter((name) => !/^tocsin_(process|nodejs)_|_(bucket|sum|count)$/.test(name));
    expect(own.filter((name) => !queries.some((query) => query.includes(name)))).toEqual([]);
  });

  it('has panels of different ids that all ask for something', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(dashboard.panels.filter(({ targets }) => targets.length === 0)).toEqual([]);
  });
});

function isOnPath(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
const trials = parse(read('prometheus/alerts.test.yml')) as {
  tests: {
    input_series: { series: string }[];
    alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[];
    promql_expr_test?: { exp_samples?: { labels: string }[] }[];
  }[];
};
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Names that a query may use: series, but not histograms, which have no series of their own. */
let known: ReadonlySet<string>;
let text: string;
beforeAll(async () => {
  text = await metricsText();
  const gaugesAndCounters = [...declaredIn(text)].filter(([, kind]) => kind !== 'histogram');
  known = new Set([...gaugesAndCounters.map(([name]) => name), ...seriesIn(text).map(({ name }) => name)]);
});

const unknownNames = (query: string) =>
  [...query.matchAll(/\btocsin_\w+/g)].map(([name]) => name).filter((name) => !known.has(name));

/** Values that a query compares one of our labels with, although the label never has them. */
const impossibleValues = (query: string) =>
  [...query.matchAll(/\b(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].flatMap(([, label = '', values = '']) =>
    label in metricLabels ? values.split('|').filter((value) => !metricLabels[label]?.includes(value)) : [],
  );

describe('deploy/prometheus/alerts.yml', () => {
  it('queries only metrics that exist, and values that their labels can have', () => {
    expect(rules.flatMap(({ expr }) => [...unknownNames(expr), ...impossibleValues(expr)])).toEqual([]);
  });

  it('gives each alert a severity, a summary and a description', () => {
    for (const { labels, annotations } of rules) {
      expect(labels.severity).toMatch(/^(warning|critical)$/);
      expect(annotations.summary).not.toBe('');
      expect(annotations.description).not.toBe('');
    }
  });

  it('has the alerts that docs/monitor.md explains', () => {
    const page = readFileSync(pathOf('../docs/monitor.md'), 'utf8');
    const explained = [...page.matchAll(/^\| `(Tocsin\w+)`/gm)].map(([, name]) => name);
    expect(rules.map(({ alert }) => alert)).toEqual(explained);
  });
});

describe('deploy/prometheus/alerts.test.yml', () => {
  it('uses only metrics that exist, and values that their labels can have', () => {
    const played = trials.tests.flatMap((trial) => trial.input_series.map(({ series }) => series));
    expect(played.flatMap((series) => [...unknownNames(series), ...impossibleValues(series)])).toEqual([]);
  });

  it('sees each alert fire', () => {
    const fired = trials.tests.flatMap(({ alert_rule_test = [], promql_expr_test = [] }) => [
      ...alert_rule_test
        .filter(({ exp_alerts }) => exp_alerts !== undefined)
        .map(({ alertname }) => alertname),
      ...promql_expr_test
        .flatMap(({ exp_samples = [] }) => exp_samples)
        .map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1]),
    ]);
    expect(new Set(fired)).toEqual(new Set(rules.map(({ alert }) => alert)));
  });
});

describe('promtool', () => {
  /** `PROMTOOL` must name an existing file. Without it, the tests use the PATH, or skip with a message. */
  const command = process.env['PROMTOOL'] ?? 'promtool';
  const promtool = (args: readonly string[], input?: string) =>
    execFileSync(command, args, { stdio: 'pipe', ...(input !== undefined && { input }) });
  const isAbsent = process.env['PROMTOOL'] === undefined && !isOnPath(command);

  beforeEach((context) => {
    context.skip(isAbsent, 'promtool is not on the PATH; PROMTOOL=<path> names another');
  });

  it('accepts the rules', () => {
    promtool(['check', 'rules', pathOf('prometheus/alerts.yml')]);
  });

  it('passes the tests of the alerts', () => {
    promtool(['test', 'rules', pathOf('prometheus/alerts.test.yml')]);
  });

  it('accepts names, units and help texts of the metrics', () => {
    promtool(['check', 'metrics'], text);
  });
});

describe('deploy/grafana/tocsin.json', () => {
  it('queries only metrics that exist, and values that their labels can have', () => {
    const all = [...queries, ...dashboard.templating.list.map(({ query }) => query)];
    expect(all.flatMap((query) => [...unknownNames(query), ...impossibleValues(query)])).toEqual([]);
  });

  it('shows each metric', () => {
    const own = [...known].filter((name) => !/^tocsin_(process|nodejs)_|_(bucket|sum|count)$/.test(name));
    expect(own.filter((name) => !queries.some((query) => query.includes(name)))).toEqual([]);
  });

  it('has panels with distinct ids, each with a query', () => {
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

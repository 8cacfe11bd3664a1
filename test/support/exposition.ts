/** One time series of `/metrics`: a name and the labels that it has. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text format. */
export function seriesIn(text: string): Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) throw new Error(`not a line of the text format: ${line}`);
      const [, name = '', labels = '', value = ''] = match;
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, label = '', text_ = '']) => [label, text_])),
        value: Number(value),
      };
    });
}

/** The name under which a series is declared: histograms have three series. */
export function metricOf(series: string, declared: ReadonlySet<string>): string {
  return declared.has(series) ? series : series.replace(/_(bucket|sum|count)$/, '');
}

/** Every `# TYPE` of a text: name and kind. */
export function declaredIn(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => [name, kind]),
  );
}

import type { Log } from '@duban/infra/local/processes';
import type { Ports } from '@duban/infra/local/ports';

/** One figure: what it says, and what it should be where issue 3, section 7 says so. */
export interface Figure {
  what: string;
  atMost?: number;
  atLeast?: number;
}

export interface RunOptions {
  tickets: number;
  log: Log;
  /** Free ones by default. */
  ports?: Ports | undefined;
}

/** A benchmark; its figures' names are the keys of the JSON object, and this table is their documentation. */
export interface Benchmark<K extends string = string> {
  name: string;
  what: string;
  /** `--tickets` when it is not given. */
  tickets: number;
  figures: Record<K, Figure>;
  run(options: RunOptions): Promise<Record<K, number>>;
}

/** For people: each figure with its target and whether that was met. */
export function describe(benchmark: Benchmark, values: Record<string, number>): string {
  const rows = Object.entries(benchmark.figures).map(([key, figure]) => {
    const value = values[key] ?? NaN;
    return [key, readable(value), target(figure), verdict(figure, value), figure.what];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([key, value, ...rest]) =>
    [key!.padEnd(widths[0]!), value!.padStart(widths[1]!), ...rest.map((cell, i) => cell.padEnd(widths[i + 2] ?? 0))]
      .join('  ')
      .trimEnd(),
  );
  return [`${benchmark.name}: ${benchmark.what}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** For programs: one flat object on one line. */
export function toJson(benchmark: Benchmark, values: Record<string, number>): string {
  const rounded = Object.entries(values).map(([key, value]) => [key, Math.round(value * 1000) / 1000]);
  return JSON.stringify({ benchmark: benchmark.name, ...Object.fromEntries(rounded) });
}

function readable(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number.isInteger(value) ? String(value) : value.toFixed(digits);
}

function target({ atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return `≤ ${atMost}`;
  return atLeast === undefined ? '' : `≥ ${atLeast}`;
}

function verdict({ atMost, atLeast }: Figure, value: number): string {
  if (atMost === undefined && atLeast === undefined) return '';
  return value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity) ? 'met' : 'MISSED';
}

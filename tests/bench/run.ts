import { parseArgs } from 'node:util';
import { UsageError, readPorts } from '@duban/infra/local/ports';
import { calendar } from './calendar';
import { requireProc } from './cpu-and-memory';
import { type Benchmark, describe, toJson } from './figures';
import { knowledge } from './knowledge';
import { lifecycle } from './lifecycle';
import { list } from './list';
import { sleeping } from './sleeping';
import { statistics } from './statistics';

const benchmarks: readonly Benchmark[] = [calendar, lifecycle, list, knowledge, sleeping, statistics];

const usage = [
  'Usage: npm run bench -- NAME [--json] [--tickets N] [--port-base N]',
  ...benchmarks.map(({ name, what, tickets }) => `  ${name.padEnd(10)} ${what} (--tickets ${tickets})`),
  '  all        one after the other',
  '--json prints one JSON object a benchmark on standard output; progress goes to standard error.',
].join('\n');

/** `npm run bench`: each benchmark starts a system of its own and removes it afterwards. Nothing is asserted. */
async function main(): Promise<void> {
  const { names, json, tickets, portBase } = parseCommandLine();
  if (names.length === 0) return console.log(usage);
  requireProc();
  const chosen = names.includes('all') ? benchmarks : names.map(benchmarkNamed);
  const ports = portBase === undefined ? undefined : readPorts({}, { 'port-base': portBase });
  const since = performance.now();
  const log = (line: string) =>
    console.error(`${((performance.now() - since) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  for (const benchmark of chosen) {
    const started = performance.now();
    log(`${benchmark.name}: ${benchmark.what}`);
    const values = await benchmark.run({ tickets: tickets ?? benchmark.tickets, log, ports });
    log(`${benchmark.name} took ${((performance.now() - started) / 1000).toFixed(0)} s`);
    console.log(json ? toJson(benchmark, values) : `\n${describe(benchmark, values)}\n`);
  }
}

function parseCommandLine() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        tickets: { type: 'string' },
        'port-base': { type: 'string' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    });
    const tickets = values.tickets === undefined ? undefined : Number(values.tickets);
    if (tickets !== undefined && !(Number.isInteger(tickets) && tickets > 0))
      throw new UsageError(`--tickets: "${values.tickets}" is no number of tickets.`);
    return { names: values.help ? [] : positionals, json: values.json, tickets, portBase: values['port-base'] };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}

function benchmarkNamed(name: string): Benchmark {
  const benchmark = benchmarks.find((known) => known.name === name);
  if (!benchmark) throw new UsageError(`There is no benchmark "${name}".\n\n${usage}`);
  return benchmark;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof UsageError ? `\n${error.message}\n` : error);
    process.exit(1);
  },
);

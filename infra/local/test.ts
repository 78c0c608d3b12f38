import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports';
import { startPostgres } from './postgres';
import { dropPostgres } from './postgres-home';
import { processIdentity } from './process-identity';
import { Children, onStopSignal } from './processes';
import { projectRoot } from './project';
import { findTemporal } from './temporal-binary';

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
}

const runsDir = join(projectRoot, '.duban', 'tests');

/** `npm test`: a PostgreSQL and a Temporal CLI for the run, then jest with the arguments given. */
async function main(): Promise<void> {
  const log = (line: string) => console.log(`  ${line}`);
  dropOldRuns();
  const dataDir = join(runsDir, String(process.pid));
  mkdirSync(dataDir, { recursive: true });
  const children = new Children(join(dataDir, 'logs'), log);
  const finish = async (code: number) => {
    await children.stopAll();
    dropPostgres(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
    process.exit(code);
  };
  onStopSignal(
    () => void finish(130),
    () => {
      children.killAll();
      process.exit(130);
    },
  );
  const [postgres, temporal] = await Promise.all([
    startPostgres({ dataDir, port: await freePort(), log, children }),
    findTemporal(log),
  ]);
  const env = { ...process.env, TEMPORAL_BIN: temporal, TEST_POSTGRES_URL: postgres.url };
  let code = 0;
  const total = { passed: 0, failed: 0 };
  for (const [index, args] of runsFor(process.argv.slice(2)).entries()) {
    const report = join(dataDir, `report-${index}.json`);
    const status = await jest([...args, '--json', `--outputFile=${report}`], env);
    code ||= status;
    const { passed, failed } = count(report);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  await finish(code !== 0 ? code : total.failed > 0 ? 1 : 0);
}

/** The fault runs take the whole machine: all of the tests means the others first, and then those alone. */
function runsFor(args: string[]): string[][] {
  if (args.length > 0) return [args];
  return [
    ['--testPathIgnorePatterns', '/node_modules/', '/tests/faults/'],
    ['tests/faults/', '--runInBand'],
  ];
}

/** Runs jest to its end; its exit code. */
function jest(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const program = join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');
  const config = ['--config', join(projectRoot, 'jest.config.cjs')];
  const child = spawn(process.execPath, [program, ...config, ...args], { cwd: projectRoot, env, stdio: 'inherit' });
  return new Promise((resolve) => {
    child.once('exit', (status) => resolve(status ?? 1));
    child.once('error', () => resolve(1));
  });
}

/** A suite that could not even run is one failure; so is a run that left no report. */
function count(report: string): { passed: number; failed: number } {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const result = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
  return { passed: result.numPassedTests, failed: result.numFailedTests + result.numRuntimeErrorTestSuites };
}

/** What runs left that were killed. */
function dropOldRuns(): void {
  if (!existsSync(runsDir)) return;
  for (const pid of readdirSync(runsDir).filter((name) => processIdentity(Number(name)) === undefined)) {
    dropPostgres(join(runsDir, pid));
    rmSync(join(runsDir, pid), { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  console.log('\n0 passed, 1 failed');
  process.exit(1);
});

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
  const report = join(dataDir, 'report.json');
  const jest = join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');
  const config = join(projectRoot, 'jest.config.cjs');
  const args = [jest, '--config', config, '--json', `--outputFile=${report}`];
  const env = { ...process.env, TEMPORAL_BIN: temporal, TEST_POSTGRES_URL: postgres.url };
  const child = spawn(process.execPath, [...args, ...process.argv.slice(2)], {
    cwd: projectRoot,
    env,
    stdio: 'inherit',
  });
  const code = await new Promise<number>((resolve) => {
    child.once('exit', (status) => resolve(status ?? 1));
    child.once('error', () => resolve(1));
  });
  const { passed, failed } = count(report);
  console.log(`\n${passed} passed, ${failed} failed`);
  await finish(code !== 0 ? code : failed > 0 ? 1 : 0);
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

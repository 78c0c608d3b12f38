import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project';

const ROOMS = ['shared', 'workflows', 'activities', 'services', 'infra', 'tests'];

const STEPS = [
  { name: 'types', tool: 'typescript', bin: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'lint', tool: 'eslint', bin: 'eslint', args: ['.', '--max-warnings', '0'] },
  { name: 'formatting', tool: 'prettier', bin: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'import directions', tool: 'dependency-cruiser', bin: 'depcruise', args: ROOMS },
  { name: 'unused code', tool: 'knip', bin: 'knip', args: [] },
  { name: 'every requirement has a test', tool: 'tsx', bin: 'tsx', args: ['infra/tracing.ts'] },
] as const;

/** The JavaScript file behind a tool's command, so that it runs with this very Node. */
function program(tool: string, bin: string): string {
  const folder = join(projectRoot, 'node_modules', tool);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const file = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[bin];
  if (!file) throw new Error(`${tool} has no command ${bin}`);
  return join(folder, file);
}

/** `npm run verify`: every check, one after the other, also after one has failed. */
function main(): void {
  let failed = 0;
  for (const { name, tool, bin, args } of STEPS) {
    const started = Date.now();
    const existing = args.filter((arg) => !ROOMS.includes(arg) || existsSync(join(projectRoot, arg)));
    const { status } = spawnSync(process.execPath, [program(tool, bin), ...existing], {
      cwd: projectRoot,
      stdio: 'inherit',
    });
    if (status !== 0) failed += 1;
    console.log(`${status === 0 ? '✓' : '✗'} ${name} (${bin}, ${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
  console.log(`\n${STEPS.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

main();

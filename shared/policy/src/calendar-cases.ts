/** Host command: `tsx shared/policy/src/calendar-cases.ts FILE` runs a JSONL file of calendar cases (G6). */
import { readFileSync } from 'node:fs';
import { checkLines, type CaseResult } from './case-check';

function run(file: string): CaseResult[] {
  try {
    return checkLines(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`${file}: ${(error as Error).message}`);
    process.exit(2);
  }
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: calendar-cases FILE');
  process.exit(2);
}
const results = run(file);
const failed = results.filter((result) => !result.passed);
for (const { id, expected, actual } of failed) console.log(`FAIL ${id}\n  expected ${expected}\n  actual   ${actual}`);
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;

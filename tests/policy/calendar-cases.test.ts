import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLine, checkLines } from '../../shared/policy/src/case-check';

const text = readFileSync(join(__dirname, '../fixtures/calendar-cases.jsonl'), 'utf8');
const lines = text.split('\n').filter((line) => line !== '');

describe("G6: calendar cases of seven help desks' own tests", () => {
  it('has all of them', () => {
    expect(checkLines(text)).toHaveLength(79);
  });

  it.each(lines.map((line): [string, string] => [(JSON.parse(line) as { id: string }).id, line]))('%s', (_, line) => {
    const { expected, actual } = checkLine(line, 1);
    expect(actual).toBe(expected);
  });
});

describe('G6: the case command', () => {
  const good = JSON.parse(lines[0]!) as Record<string, unknown>;

  it('reports a wrong expectation with both values', () => {
    const result = checkLine(JSON.stringify({ ...good, expected_due: '2023-10-11T10:00:01Z' }), 7);
    expect(result).toEqual({
      id: 'libredesk-008 (line 7)',
      passed: false,
      expected: '2023-10-11T10:00:01Z',
      actual: '2023-10-11T10:00:00Z',
    });
  });

  it('reports malformed lines as failures with their line number', () => {
    const results = checkLines(
      ['{', 'null', JSON.stringify({ ...good, kind: 'x' }), JSON.stringify({ ...good, start: 'x' })].join('\n'),
    );
    expect(results.map(({ id, passed }) => [id, passed])).toEqual([
      ['line 1', false],
      ['line 2', false],
      ['libredesk-008 (line 3)', false],
      ['libredesk-008 (line 4)', false],
    ]);
    for (const { actual } of results) expect(actual).toMatch(/^malformed: /);
  });

  it('ends with a count and an exit code', () => {
    const directory = mkdtempSync(join(tmpdir(), 'calendar-cases-'));
    const run = (content: string) => {
      const file = join(directory, 'cases.jsonl');
      writeFileSync(file, content);
      const root = join(__dirname, '../..');
      const command = ['--import', 'tsx', 'shared/policy/src/calendar-cases.ts', file];
      const { status, stdout } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
      return { status, last: stdout.trim().split('\n').at(-1), stdout };
    };
    try {
      expect(run(text)).toMatchObject({ status: 0, last: '79 passed, 0 failed' });
      const bad = run(`${lines[0]}\n{\n`);
      expect(bad).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
      expect(bad.stdout).toContain('FAIL line 2');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('reports an unexpected error by its code, and an error that did not come', () => {
    expect(checkLine(JSON.stringify({ ...good, timezone: 'Mars/Olympus' }), 1).actual).toBe('error invalid_timezone');
    expect(checkLine(JSON.stringify({ ...good, kind: 'error', error: 'invalid_time' }), 1).passed).toBe(false);
  });
});

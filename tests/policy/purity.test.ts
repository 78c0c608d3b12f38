import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const source = join(__dirname, '../../shared/policy/src');

/** Source files that an entry brings into a bundle, by path below `src`; only relative value imports are allowed. */
function reachable(entry: string, seen: Map<string, string> = new Map()): Map<string, string> {
  if (seen.has(entry)) return seen;
  const text = readFileSync(join(source, entry), 'utf8');
  seen.set(entry, text);
  for (const [, specifier] of text.matchAll(/^(?:import(?! type)|export)[^;]*? from '([^']+)';/gms)) {
    if (!specifier!.startsWith('.')) throw new Error(`${entry} imports ${specifier}`);
    reachable(`${join(dirname(entry), specifier!)}.ts`, seen);
  }
  return seen;
}

describe('G6: what a workflow bundle takes in', () => {
  const files = reachable('index.ts');

  it('is the engine and nothing of the host', () => {
    expect([...files.keys()].sort()).toEqual([
      'business-time.ts',
      'errors.ts',
      'index.ts',
      'local-time.ts',
      'open-time.ts',
      'types.ts',
    ]);
  });

  it.each([...files])('%s reads no clock, zone, chance or module state', (_, text) => {
    expect(text).not.toMatch(
      /\bIntl\b|\bnew Date\b|\bDate\.|Math\.random|\bprocess\b\.|\brequire\(|^(?:export )?(?:let|var) /m,
    );
  });
});

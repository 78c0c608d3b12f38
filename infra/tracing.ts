import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { projectRoot } from './local/project';
import { requirements } from './requirements';

const tests = join(projectRoot, 'tests');
const CALLS = new Set(['describe', 'it', 'test']);

interface Proof {
  file: string;
  title: string;
}

/** Ids a title names: `G7`, `K1–K5`, `(G1, G2)`; only those that are requirements. */
export function idsIn(title: string): string[] {
  const found: string[] = [];
  for (const [, letter, from, to] of title.matchAll(/\b([A-Z])(\d{1,2})(?:[–-][A-Z]?(\d{1,2}))?\b/g))
    for (let n = Number(from); n <= Number(to ?? from); n++) found.push(`${letter}${n}`);
  return [...new Set(found)].filter((id) => id in requirements);
}

/** Every test whose title, or whose describe's, names a requirement: read from the sources, nothing is run. */
export function proofs(): Map<string, Proof[]> {
  const byId = new Map<string, Proof[]>(Object.keys(requirements).map((id) => [id, []]));
  // Not through the packages' links: they lead to everything that is installed.
  const rooms = readdirSync(tests, { withFileTypes: true }).filter((e) => e.isDirectory() && e.name !== 'node_modules');
  const files = rooms
    .flatMap(({ name }) => (readdirSync(join(tests, name), { recursive: true }) as string[]).map((f) => join(name, f)))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(join(tests, file), 'utf8'), ts.ScriptTarget.Latest, true);
    visit(source, [], (title, ids) => ids.forEach((id) => byId.get(id)?.push({ file: `tests/${file}`, title })));
  }
  return byId;
}

function visit(node: ts.Node, above: string[], tell: (title: string, ids: string[]) => void): void {
  const call = testCall(node);
  if (!call) return node.forEachChild((child) => visit(child, above, tell));
  const ids = [...new Set([...above, ...idsIn(call.title)])];
  if (call.name === 'describe') node.forEachChild((child) => visit(child, ids, tell));
  else tell(call.title, ids);
}

/** `it('…', …)`, `it.each(…)('…', …)` and the like. */
function testCall(node: ts.Node): { name: string; title: string } | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [first] = node.arguments;
  if (!first || !(ts.isStringLiteralLike(first) || ts.isTemplateExpression(first))) return undefined;
  let callee: ts.Expression = node.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee) || ts.isTaggedTemplateExpression(callee))
    callee = ts.isTaggedTemplateExpression(callee) ? callee.tag : callee.expression;
  if (!ts.isIdentifier(callee) || !CALLS.has(callee.text)) return undefined;
  const title = ts.isStringLiteralLike(first) ? first.text : first.getText().slice(1, -1);
  return { name: callee.text, title };
}

/** `docs/guide/requirements.md`: every requirement with the tests that prove it. */
export function requirementsPage(): string {
  return [...proofs()]
    .map(([id, found]) => {
      const files = [...new Set(found.map(({ file }) => file))];
      const lines = files.map((file) => {
        const titles = found.filter((proof) => proof.file === file).map(({ title }) => `  - ${escaped(title)}`);
        return [`- [${file}](../../${file})`, ...titles].join('\n');
      });
      return `## ${id}\n\n${requirements[id]}\n\n${lines.join('\n') || '**No test names it.**'}`;
    })
    .join('\n\n');
}

const escaped = (title: string) => title.replace(/([*_`<>|[\]])/g, '\\$1');

/** Run by itself: says which requirements no test names, and fails if there are any. */
if (require.main === module) {
  const unproven = [...proofs()].filter(([, found]) => found.length === 0).map(([id]) => id);
  for (const id of unproven) console.error(`${id}: no test names it – ${requirements[id]}`);
  process.exit(unproven.length ? 1 : 0);
}

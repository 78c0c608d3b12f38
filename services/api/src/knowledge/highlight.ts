import { folded } from '../tone/folding';

/** Where a text shows what was searched for: UTF-16 offsets `[from, to)`, in order, apart from each other. */
export type Marks = Array<[from: number, to: number]>;

const SNIPPET = 120;
const BEFORE = 30;

/**
 * Marks each run of the query in the text; a Chinese run that is not there as a whole by the pairs of characters it
 * was found by. The text itself is not touched: whoever shows it sets the marks, and no markup of it can be taken
 * for theirs.
 */
export function marksIn(text: string, query: string): Marks {
  const plain = folded(text);
  const runs = folded(query).match(/\p{Script=Han}+|[^\p{Script=Han}\s\p{P}\p{S}]+/gu) ?? [];
  const found = [...new Set(runs)].flatMap((run) => {
    const whole = occurrences(plain, run);
    if (whole.length || run.length < 3 || !/^\p{Script=Han}/u.test(run)) return whole;
    return Array.from({ length: run.length - 1 }, (_, i) => occurrences(plain, run.slice(i, i + 2))).flat();
  });
  return joined(found);
}

function occurrences(text: string, word: string): Marks {
  const found: Marks = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
    found.push([at, at + word.length]);
  return found;
}

function joined(marks: Marks): Marks {
  const result: Marks = [];
  for (const [from, to] of marks.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** The part of a body around the first thing found, or its beginning. */
export function snippetOf(body: string, query: string): { text: string; marks: Marks } {
  const marks = marksIn(body, query);
  const from = whole(body, Math.max(0, (marks[0]?.[0] ?? 0) - BEFORE));
  const to = whole(body, Math.min(body.length, from + SNIPPET));
  return {
    text: body.slice(from, to),
    marks: marks.flatMap(([a, b]): Marks =>
      a < to && b > from ? [[Math.max(a, from) - from, Math.min(b, to) - from]] : [],
    ),
  };
}

/** Not between the halves of one character. */
function whole(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at - 1 : at;
}

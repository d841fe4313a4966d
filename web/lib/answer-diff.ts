// Which tokens of two answers differ: what is left when their longest common subsequence is taken away.

export interface AnswerDiff {
  /** Per baseline token: true where the other answer has no counterpart. */
  readonly baseline: readonly boolean[];
  readonly answer: readonly boolean[];
}

/** Answers longer than this are compared token by token from both ends only, to keep the page answering. */
const MAX_TOKENS = 1024;

/** Marks the tokens (compared by their text) that are not part of the longest common subsequence. */
export function diffAnswers(baseline: readonly string[], answer: readonly string[]): AnswerDiff {
  const marks = { baseline: baseline.map(() => true), answer: answer.map(() => true) };
  let start = 0;
  let endA = baseline.length;
  let endB = answer.length;
  const same = (i: number, j: number): void => {
    marks.baseline[i] = false;
    marks.answer[j] = false;
  };
  while (start < endA && start < endB && baseline[start] === answer[start]) {
    same(start, start);
    start += 1;
  }
  while (endA > start && endB > start && baseline[endA - 1] === answer[endB - 1]) {
    endA -= 1;
    endB -= 1;
    same(endA, endB);
  }
  if (endA - start <= MAX_TOKENS && endB - start <= MAX_TOKENS) {
    const numberOf = numbering();
    matchMiddle(baseline.slice(start, endA).map(numberOf), answer.slice(start, endB).map(numberOf), (i, j) => same(start + i, start + j));
  }
  return marks;
}

/** Gives the same number to the same text, so that a million comparisons compare no texts. */
function numbering(): (text: string) => number {
  const numbers = new Map<string, number>();
  return (text) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
}

/** Calls `same` for every pair of a longest common subsequence of `a` and `b`. */
function matchMiddle(a: readonly number[], b: readonly number[], same: (i: number, j: number) => void): void {
  const width = b.length + 1;
  // longest[i * width + j]: length of the longest common subsequence of a[i..] and b[j..].
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      same(i, j);
      i += 1;
      j += 1;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
}

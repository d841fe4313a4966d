// The line of progress: what is done, how right it is, and what is left.
import { expect, it } from 'vitest';
import { Progress } from '../../../../../web/cli/evaluate/progress';

const screen = (isTTY: boolean, columns = 80) => {
  const written: string[] = [];
  return { written, isTTY, columns, write: (text: string) => void written.push(text) };
};

it('says the pace of this start alone, and the time that is left', () => {
  let now = 0;
  const progress = new Progress(screen(false), 10, () => now);
  const right = new Map([
    ['dmlr', 9],
    ['direct', 6],
  ]);
  expect(progress.line({ done: 10, total: 100, lost: 0, right: new Map() })).toBe('10 of 100');
  now = 20_000;
  expect(progress.line({ done: 14, total: 100, lost: 2, right })).toBe(
    '14 of 100 · 2 without a result · dmlr 75 % · direct 50 % · 5.0\u202Fs an item · 7\u202Fmin 10\u202Fs left',
  );
  expect(progress.line({ done: 100, total: 100, lost: 0, right: new Map() })).not.toContain('left');
});

it('is one line that is drawn over on a terminal, and elsewhere a line now and then', () => {
  let now = 0;
  const tty = screen(true, 12);
  const file = screen(false);
  const [onTerminal, inFile] = [tty, file].map((one) => new Progress(one, 0, () => now));
  for (let done = 1; done <= 5; done++) {
    now = 4000 * done;
    for (const progress of [onTerminal, inFile]) progress.show({ done, total: 5, lost: 0, right: new Map() });
  }
  expect(tty.written).toHaveLength(5);
  expect(tty.written[0]).toBe('\r\x1b[K1 of 5 · 4.0'.slice(0, 4 + 11));
  expect(file.written.map((line) => line.slice(0, 6))).toEqual(['1 of 5', '4 of 5', '5 of 5']);
  onTerminal.settle();
  onTerminal.settle();
  expect(tty.written.at(-1)).toBe('\n');
  expect(tty.written).toHaveLength(6);
});

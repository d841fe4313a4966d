// The frame queue: everything arrives, in order, in as few portions as frames.
import { expect, test } from 'vitest';
import { FrameQueue } from '../../../../web/engine/frame-queue';

function queue() {
  const portions: number[][] = [];
  const frames: (() => void)[] = [];
  const items = new FrameQueue<number>(
    (portion) => portions.push([...portion]),
    (work) => frames.push(work),
  );
  return { portions, items, frame: () => frames.shift()?.(), frames };
}

test('one portion a frame', () => {
  const { portions, items, frame, frames } = queue();
  [1, 2, 3].forEach((item) => items.push(item));
  expect(frames).toHaveLength(1);
  expect(portions).toEqual([]);
  frame();
  items.push(4);
  frame();
  expect(portions).toEqual([[1, 2, 3], [4]]);
});

test('flushing hands on at once, and the frame that was asked for finds nothing', () => {
  const { portions, items, frame } = queue();
  items.push(1);
  items.flush();
  frame();
  expect(portions).toEqual([[1]]);
});

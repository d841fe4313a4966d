// What is printed when standard output goes away: told once, in words, and never thrown.
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { Printed, type Loss } from '../../../../web/cli/printed';

function failing(code: string, message: string) {
  let writes = 0;
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      writes += 1;
      done(writes > 1 ? Object.assign(new Error(message), { code }) : null);
    },
  });
  const losses: Loss[] = [];
  const fail = (): void => void stream.emit('error', Object.assign(new Error(message), { code }));
  return { fail, printed: new Printed(stream as unknown as NodeJS.WriteStream, (loss) => losses.push(loss)), losses, count: () => writes };
}

it.each([
  ['EPIPE', 'write EPIPE', { isClosed: true, reason: 'its reader has gone' }],
  ['ENOSPC', 'ENOSPC: no space left on device, write', { isClosed: false, reason: 'no space left on device' }],
] as const)('%s is told once, and nothing is written after it', async (code, message, loss) => {
  const { printed, losses, count, fail } = failing(code, message);
  await printed.print('one\n');
  expect(printed.loss).toBeNull();
  await printed.print('two\n');
  expect(printed.loss).toEqual(loss);
  printed.write('three\n');
  // A pipe may fail once more for what was on its way.
  fail();
  await new Promise((resolve) => setImmediate(resolve));
  expect(losses).toEqual([loss]);
  expect(count()).toBe(2);
});

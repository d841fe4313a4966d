// Ends this process when one case takes too long, and says which: a loop without an end cannot be interrupted from its own thread.
import { Worker } from 'node:worker_threads';

/** Looks at the shared numbers twice a second; written as text, because a thread of Node loads no TypeScript. */
const WATCH = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const cells = new Int32Array(workerData.shared);
let seen = -1;
let begun = 0;
const used = () => process.cpuUsage().user / 1e6;
setInterval(() => {
  const now = Atomics.load(cells, 0);
  if (now !== seen) [seen, begun] = [now, used()];
  else if (now !== -1 && used() - begun > workerData.seconds) {
    writeSync(2, '\\n' + workerData.label + ' ' + now + ' has computed for ' + workerData.seconds + ' s without an end; this process is ended.\\n');
    process.kill(process.pid, 'SIGKILL');
  }
}, 500);
`;

export interface Watchdog {
  /** A case begins; null between cases. */
  watch(number: number | null): void;
  end(): Promise<void>;
}

/** Watches cases called `label` and a number, each for at most so many seconds of processor time. */
export function startWatchdog(label: string, seconds: number): Watchdog {
  const shared = new SharedArrayBuffer(4);
  const cells = new Int32Array(shared);
  Atomics.store(cells, 0, -1);
  const worker = new Worker(WATCH, { eval: true, workerData: { shared, seconds, label } });
  worker.unref();
  return {
    watch: (number) => void Atomics.store(cells, 0, number ?? -1),
    end: async () => void (await worker.terminate()),
  };
}

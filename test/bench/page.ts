// The page of the benchmarks: starts their worker, as the real page starts its engine, and passes calls on.
import { wrap } from 'comlink';
import type { BenchHost } from './host';

const worker = new Worker(new URL('./bench.worker.ts', import.meta.url), { type: 'module', name: 'noema-bench' });
const bench = wrap<BenchHost>(worker);

export type Bench = typeof bench;

declare global {
  interface Window {
    noemaBench?: Bench;
  }
}

window.noemaBench = bench;

// Prints GPU time per kernel.
import { line, ms } from './figures';
import type { Profile } from './profile';

/** Kernels that are listed of each job; the rest is one line. */
const LISTED = 16;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const us = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} us`;

/** @param profiles null when the adapter has no timestamps. */
export function printProfile(profiles: readonly Profile[] | null, software: boolean): void {
  if (profiles === null) {
    say('\nGPU time per kernel cannot be measured: this adapter has no timestamp-query.');
    return;
  }
  if (software) say("\nSOFTWARE ADAPTER: the times per kernel are the processor's and say nothing about a GPU. Names and counts hold.");
  for (const { name, times } of profiles) {
    const { dispatches, busyUs, spanUs, clockMs, kernels } = times;
    say(
      `\n${name}: ${dispatches} dispatches, GPU busy ${ms(busyUs / 1000)}, first to last ${ms(spanUs / 1000)}, ${ms(clockMs)} by the clock (every dispatch in a pass of its own)`,
    );
    const shown = kernels.slice(0, LISTED);
    const rest = kernels.slice(LISTED);
    for (const kernel of shown) say(kernelLine(kernel.label, kernel.dispatches, kernel.us, busyUs));
    const sum = (part: 'dispatches' | 'us'): number => rest.reduce((total, kernel) => total + kernel[part], 0);
    if (rest.length > 0) say(kernelLine(`${rest.length} others`, sum('dispatches'), sum('us'), busyUs));
  }
}

function kernelLine(label: string, dispatches: number, took: number, all: number): string {
  const share = `${((100 * took) / Math.max(all, 1e-9)).toFixed(1)} %`;
  return line(label, `${us(took).padStart(10)}  ${share.padStart(6)}  ${String(dispatches).padStart(5)} x ${us(took / dispatches)}`);
}

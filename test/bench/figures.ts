// How the benchmarks write numbers for people.

export const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
export const least = (list: readonly number[]): number => Math.min(...list);
export const sum = (list: readonly number[]): number => list.reduce((total, value) => total + value, 0);

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
export const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
/** Megabytes of 10^6 bytes. */
export const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

/** A line with its label, indented. */
export const line = (label: string, value: string): string => `  ${label.padEnd(28)} ${value}`;

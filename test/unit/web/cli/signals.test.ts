// Ctrl-C and other signals: one press is one, however often it arrives, and a second one ends the process.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stopOnSignals } from '../../../../web/cli/signals';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function start() {
  const acts = new Map<NodeJS.Signals, () => void>();
  const exits: number[] = [];
  const signals = {
    on: (signal: NodeJS.Signals, act: () => void) => acts.set(signal, act),
    exit: (status: number) => void exits.push(status),
  };
  let time = 0;
  const stop = stopOnSignals(signals, () => time);
  const send = (signal: NodeJS.Signals, at: number): void => {
    time = at;
    acts.get(signal)?.();
  };
  return { stop, exits, send };
}

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops once: %s', (signal) => {
    const { stop, exits, send } = start();
    expect(stop.signal.aborted).toBe(false);
    send(signal, 0);
    expect(stop.signal.aborted).toBe(true);
    expect(exits).toEqual([]);
  });

  it('that arrives again at once is the same press, one that comes later is not', () => {
    const { exits, send } = start();
    send('SIGINT', 5000);
    send('SIGINT', 5003);
    send('SIGINT', 5900);
    expect(exits).toEqual([]);
    send('SIGINT', 6100);
    expect(exits).toEqual([130]);
  });

  it('of a service manager never cuts the end short, however often it comes', () => {
    const { exits, send } = start();
    for (const at of [0, 3000, 6000]) send('SIGTERM', at);
    expect(exits).toEqual([]);
  });

  it('ends the process when nothing else does', () => {
    const { exits, send } = start();
    send('SIGTERM', 0);
    vi.advanceTimersByTime(19_000);
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(exits).toEqual([130]);
  });
});

// How a command is stopped before its time, by Ctrl-C or another signal.
import { complain, EXIT } from './command';

/** npm passes a Ctrl-C on to a process that the terminal has told already: signals this close, in milliseconds, are one press. */
const SAME_PRESS_MS = 1000;
/** What has not stopped by then is ended, in milliseconds. */
const PATIENCE_MS = 20_000;

/** The parts of `process` that signals need; tests give their own. */
export interface Signals {
  on(signal: NodeJS.Signals, act: () => void): unknown;
  exit(status: number): void;
}

/**
 * Aborts the result on Ctrl-C, SIGTERM and SIGHUP. A second Ctrl-C, or no end within 20 seconds, ends the process with status 130: its
 * 'exit' handlers still run.
 *
 * @param now the time in milliseconds.
 */
export function stopOnSignals(signals: Signals = process, now: () => number = () => performance.now()): AbortController {
  const stop = new AbortController();
  let pressed = 0;
  const onSignal = (isPress: boolean): void => {
    if (!stop.signal.aborted) {
      pressed = now();
      complain('\nStopping …');
      stop.abort();
      setTimeout(() => signals.exit(EXIT.stopped), PATIENCE_MS).unref();
    } else if (isPress && now() - pressed > SAME_PRESS_MS) {
      signals.exit(EXIT.stopped);
    }
  };
  signals.on('SIGINT', () => onSignal(true));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) signals.on(signal, () => onSignal(false));
  return stop;
}

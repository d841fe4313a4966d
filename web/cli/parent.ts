// Ends a command when the npm that started it has been ended.

/** How often the parent is looked for, in milliseconds. */
const WATCH_MS = 250;

/**
 * Ends a command whose npm has been ended: npm passes a SIGTERM on to a shell, and the shell dies of it without a word to what it started. Does
 * nothing for a command that was not started by npm: that one may well outlive the shell it was typed into.
 *
 * @param act what to do then, once; default: as if SIGTERM had come.
 */
export function endWithParent(act: () => void = () => void process.kill(process.pid, 'SIGTERM')): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, WATCH_MS);
  timer.unref();
}

// Sees, from inside the page, what must never happen on it: WebDriver tells nothing of a page's console.

/** What went wrong on the page since it was opened, as sentences. */
export interface Watched extends Window {
  watched: string[];
}

/** Runs in the page before everything else, as a script of its own. */
export function watch(): void {
  const problems: string[] = ((window as unknown as Watched).watched = []);
  const address = (target: EventTarget | null): string =>
    target instanceof Element ? `${target.tagName} ${target.getAttribute('src') ?? target.getAttribute('href') ?? ''}` : 'something';
  // Captured: an element that cannot be loaded says so to itself alone.
  addEventListener(
    'error',
    (event: Event) => problems.push(event instanceof ErrorEvent ? `thrown: ${event.message}` : `not loaded: ${address(event.target)}`),
    true,
  );
  addEventListener('unhandledrejection', (event) => problems.push(`rejected: ${String(event.reason)}`));
  addEventListener('securitypolicyviolation', (event) => problems.push(`security policy: ${event.violatedDirective} ${event.blockedURI}`));
  const { console: log } = window;
  const { error } = log;
  log.error = (...args: unknown[]) => {
    problems.push(`console: ${args.map(String).join(' ')}`);
    error.apply(log, args);
  };
}

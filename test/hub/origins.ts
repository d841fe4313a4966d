// Which pages may read what the hub stand-in answers: those of this machine, and origins that were named.

/** A page on any port of this machine. */
const THIS_MACHINE = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * The CORS header for a request's Origin, none for a request without one; null when the origin may not ask. `named` are further origins as browsers write
 * them (`https://lab.example`).
 */
export function allowOrigin(origin: string | undefined, named: readonly string[]): Readonly<Record<string, string>> | null {
  if (origin === undefined) return {};
  if (!THIS_MACHINE.test(origin) && !named.includes(origin)) return null;
  return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' };
}

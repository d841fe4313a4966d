// Where the site's own files (the self-test) are, seen from the worker.

/**
 * Address of the folder that `public/` is served from. The built worker lies one folder below it (`assets/`); the
 * development server serves from the root.
 */
export function siteRoot(): URL {
  return import.meta.env.DEV ? new URL('/', self.location.href) : new URL('../', self.location.href);
}

// What the built pages and their worker may reach, as Content-Security-Policy texts, and the response headers that our servers send.
import type { Connect, Plugin } from 'vite';

/** What the page and its worker have in common: nothing but what comes from where they came from, and no strings that become scripts. */
const SHARED = ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'"];

/** One directive each; `wasm-unsafe-eval` lets WASM be compiled and nothing else. */
const PAGE = [
  ...SHARED,
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  // The strings that become script addresses are the workers': web/engine/spawn-worker.ts.
  "require-trusted-types-for 'script'",
  'trusted-types default',
];

/** The policy in the built pages' <meta>. It does not reach the worker, which takes its own from its script's response. */
export const META_POLICY = PAGE.join('; ');

/** The page's policy as a header: a <meta> cannot say who may frame the page. */
export const PAGE_POLICY = [...PAGE, "frame-ancestors 'self'"].join('; ');

/**
 * The worker's: model files come from any encrypted host or this machine, because a hub redirects to others whose names are not known before.
 * Which of these it asks is up to the visitor (workers/network.ts): those of models, and that of a language model that judges. No Trusted Types: the runtime starts its threads by address.
 */
export const WORKER_POLICY = [...SHARED, "connect-src 'self' https: http://localhost:* http://127.0.0.1:*"].join('; ');

/** The scripts of the built workers: the engine's, and that of evaluations, which may ask a language model that was named. */
const WORKER_SCRIPT = /\/(?:engine|evaluation)\.worker-[\w-]+\.js$/;

/** The headers of a response of our servers, by the path that was asked for. */
export function securityHeaders(path: string): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': WORKER_SCRIPT.test(path) ? WORKER_POLICY : PAGE_POLICY,
    'X-Content-Type-Options': 'nosniff',
  };
}

/**
 * Writes the policy into every built page, and the headers into every response of a server of the built page. Not while developing: the
 * development server injects inline styles and scripts.
 */
export function securityPolicy(): Plugin {
  const addHeaders: Connect.NextHandleFunction = (request, response, next) => {
    const [path] = (request.url ?? '/').split('?', 1);
    for (const [name, value] of Object.entries(securityHeaders(path))) response.setHeader(name, value);
    next();
  };
  return {
    name: 'noema:security-policy',
    // First of all, so that what other plugins serve has them too.
    enforce: 'pre',
    transformIndexHtml: (_, { server }) =>
      server === undefined
        ? [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: META_POLICY }, injectTo: 'head-prepend' }]
        : [],
    configurePreviewServer: (server) => void server.middlewares.use(addHeaders),
  };
}

// The Content-Security-Policy of the built pages: everything comes from where the page came from, but for models a visitor asks for.
import type { Plugin } from 'vite';

/**
 * Where model files may be fetched from besides our own host. A visitor may enter any hub or server, and hubs answer with redirects to others:
 * anything encrypted, or this machine itself. Nothing is asked there before a visitor asks for it; the journeys of the page test that.
 */
const MODEL_HOSTS: readonly string[] = ['https:', 'http://localhost:*', 'http://127.0.0.1:*'];

/** One directive per line; `wasm-unsafe-eval` lets the runtime compile WASM and nothing else. */
export const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  ['connect-src', "'self'", ...MODEL_HOSTS].join(' '),
  "manifest-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Writes the policy into every built page. Not while developing: the development server injects inline styles and scripts. */
export function securityPolicy(): Plugin {
  return {
    name: 'noema:security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: SECURITY_POLICY }, injectTo: 'head-prepend' },
    ],
  };
}

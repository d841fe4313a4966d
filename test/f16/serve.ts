// Serves the project to the tests as Vite serves it to a page: `public/` and everything else at the root.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type Plugin, type ViteDevServer } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the project is served. */
    readonly origin: string;
  }
}

let server: ViteDevServer;

export async function setup(project: TestProject): Promise<void> {
  server = await createServer({
    root: project.config.root,
    configFile: false,
    plugins: [shortSelfTest(project.config.root)],
    appType: 'mpa',
    logLevel: 'error',
    optimizeDeps: { noDiscovery: true },
    server: { host: '127.0.0.1', port: 0, watch: null, hmr: false },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no address.');
  project.provide('origin', `http://127.0.0.1:${address.port}`);
}

export const teardown = (): Promise<void> => server.close();

/**
 * The self-test without attention over 40 rows, for which lavapipe compiles for 40 s of processor time per head size. What that check is
 * there for, too narrow subgroups, is told of lavapipe's by their size.
 */
function shortSelfTest(root: string): Plugin {
  return {
    name: 'noema:short-self-test',
    configureServer: ({ middlewares }) =>
      void middlewares.use('/selftest/selftest.json', (_, response) => {
        const test = JSON.parse(readFileSync(join(root, 'public/selftest/selftest.json'), 'utf8')) as { checks: { name: string }[] };
        const checks = test.checks.filter(({ name }) => !/^gqa.* 40 rows/.test(name));
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ ...test, checks }));
      }),
  };
}

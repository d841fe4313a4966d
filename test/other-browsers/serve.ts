// Serves the built page, which run.ts has made, as `npm start` does, with the watcher as its first script.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import type { TestProject } from 'vitest/node';
import { ROOT, servePage } from '../../web/cli/built-page';
import { watch } from './watch';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the page, ending in '/'. */
    readonly page: string;
    readonly otherBrowser: 'firefox' | 'webkit';
  }
}

let served: Awaited<ReturnType<typeof servePage>>;

export async function setup(project: TestProject): Promise<void> {
  served = await servePage(0, [watched()]);
  project.provide('page', served.url);
}

export const teardown = (): Promise<void> => served.server.close();

function watched(): Plugin {
  const name = 'noema:watch';
  return {
    name,
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use((request, response, next) => {
        const path = request.url?.split('?')[0];
        const text =
          path === '/'
            ? readFileSync(join(ROOT, 'dist/index.html'), 'utf8').replace(/<head>/, '<head><script src="./watch.js"></script>')
            : path === '/watch.js'
              ? `(${watch.toString()})()`
              : null;
        if (text === null) return next();
        response.setHeader('Content-Type', path === '/' ? 'text/html' : 'text/javascript');
        response.end(text);
      });
    },
  };
}

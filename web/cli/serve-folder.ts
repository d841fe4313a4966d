// Serves folders of this machine to our own headless browser, with ranges, and nothing outside them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import sirv from 'sirv';
import type { Plugin } from 'vite';

/**
 * Answers requests with files of `folder`; what does not exist is 404. A file that cannot be read, or goes away meanwhile, breaks off its own
 * response alone.
 *
 * @param dev whether files are looked for when they are requested, not once and for all now.
 */
export function folderHandler(folder: string, dev: boolean): (request: IncomingMessage, response: ServerResponse) => void {
  const serve = sirv(folder, { dev, extensions: [] });
  return (request, response) => {
    response.once('pipe', (file: Readable) => file.once('error', () => response.destroy()));
    // Without `next`: nothing else may answer.
    serve(request, response);
  };
}

/**
 * Answers requests below `prefix` (such as '/model/') with files of `folder`, read when they are requested. Links inside the folder are
 * followed: a hub's cache keeps a model's files as links.
 */
export function serveFolder(prefix: string, folder: string): Plugin {
  const answer = folderHandler(folder, true);
  return {
    name: 'noema:serve-folder',
    configureServer: (server) => void server.middlewares.use(prefix, answer),
    configurePreviewServer: (server) => void server.middlewares.use(prefix, answer),
  };
}

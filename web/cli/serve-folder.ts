// Serves one folder of this machine to our own headless browser, with ranges, and nothing outside that folder.
import sirv from 'sirv';
import type { Connect, Plugin } from 'vite';

/**
 * Answers requests below `prefix` (such as '/model/') with files of `folder`, read when they are requested; what does not exist is 404. Links
 * inside the folder are followed: a hub's cache keeps a model's files as links.
 */
export function serveFolder(prefix: string, folder: string): Plugin {
  const serve = sirv(folder, { dev: true, extensions: [] });
  // Without `next`: nothing else may answer below the prefix.
  const answer: Connect.SimpleHandleFunction = (request, response) => serve(request, response);
  return {
    name: 'noema:serve-folder',
    configureServer: (server) => void server.middlewares.use(prefix, answer),
    configurePreviewServer: (server) => void server.middlewares.use(prefix, answer),
  };
}

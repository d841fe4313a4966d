// Gives the runtime's WASM files their address on the server of serve.ts: Node resolves modules to files, and the runtime only fetches.
import { relative } from 'node:path';
import type { Plugin } from 'vite';

const SERVED = '\0served:';
const ASKED = /\.wasm\?url$/;

/** A Vite plugin that makes `x.wasm?url` an absolute URL. The path is encoded, because Vitest leaves what lies in node_modules to Node. */
export const wasmFiles = (): Plugin => ({
  name: 'noema:wasm-files',
  enforce: 'pre',
  async resolveId(source, importer) {
    if (!ASKED.test(source)) return null;
    const found = await this.resolve(source.replace(/\?url$/, ''), importer, { skipSelf: true });
    return found && SERVED + encodeURIComponent(relative(this.environment.config.root, found.id));
  },
  load(id) {
    if (!id.startsWith(SERVED)) return null;
    return `export default new URL(${JSON.stringify(decodeURIComponent(id.slice(SERVED.length)))}, location).href`;
  },
});

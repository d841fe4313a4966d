// `npm run hub -- --root FOLDER [--port N] [--plain] [--origin https://…]`: the hub stand-in by itself, for a folder of repositories (owner/name) or one plain folder.
import { parseArgs } from 'node:util';
import { startHub } from './hub';

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    port: { type: 'string', default: '4280' },
    plain: { type: 'boolean', default: false },
    // May be given several times: pages of this machine may ask anyway.
    origin: { type: 'string', multiple: true, default: [] },
  },
});
if (values.root === undefined || !/^\d+$/.test(values.port)) {
  process.stderr.write('Usage: npm run hub -- --root FOLDER [--port N] [--plain] [--origin https://…]\n');
  process.exit(2);
}
const { hub, storage } = await startHub({ root: values.root, port: Number(values.port), plain: values.plain, origins: values.origin });
process.stdout.write(
  values.plain ? `Folder at ${hub}/\n` : `Hub at ${hub} (a model: ${hub}/owner/name/tree/main), its storage at ${storage}\n`,
);

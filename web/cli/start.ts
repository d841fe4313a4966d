// `npm start`: builds the page when needed, serves it, prints the address.
import { ensureBuilt, servePage } from './built-page';
import { endWithParent } from './parent';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

endWithParent();
await ensureBuilt(say);
const { url } = await servePage(4173);
say(`\nNoema is at ${url}\nIt needs no network. Ctrl-C stops it.`);

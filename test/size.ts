// Weighs the JavaScript of the first view, compressed, against its budget: `npm run size`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { firstViewFiles } from './first-view';

/** Kilobytes (1000 bytes) of gzip that a first visit may cost in JavaScript. */
const BUDGET_KB = 165;

const dist = join(import.meta.dirname, '../dist');
if (!existsSync(dist)) {
  process.stderr.write('There is no build to weigh. Run "npm run build" first.\n');
  process.exit(2);
}
let total = 0;
for (const file of firstViewFiles(dist)) {
  const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / 1000;
  total += size;
  process.stdout.write(`${size.toFixed(1).padStart(8)} kB  ${file}\n`);
}
const fits = total <= BUDGET_KB;
process.stdout.write(`${total.toFixed(1).padStart(8)} kB  in all, gzip; the budget is ${BUDGET_KB} kB${fits ? '' : ': too much'}\n`);
process.exitCode = fits ? 0 : 1;

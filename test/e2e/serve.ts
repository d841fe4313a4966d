// Serves the journeys' page as `npm start` does, on their own port; builds it first when there is none or it is stale.
import { ensureBuilt, servePage } from '../../web/cli/built-page';
import { PORT } from './port';

await ensureBuilt((line) => void process.stdout.write(`${line}\n`));
await servePage(PORT);

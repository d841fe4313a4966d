// Starts the page: theme first, then the first view, then the recorded run that plays in it.
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/print.css';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { SessionProvider } from './session/context';
import { createSession } from './session/create-session';
import { openFirstRecording } from './session/first-visit';
import { listenForShortcuts } from './shortcuts';
import { BROWSER_PLACES } from './stores/settings-store';
import { applyTheme } from './stores/theme';
import { readPastRuns } from './stores/past-runs';

applyTheme();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root".');
const session = createSession({ places: BROWSER_PLACES });
// The recording is asked for before the first view is drawn: it travels while React works.
void openFirstRecording(session);
createRoot(root).render(
  <SessionProvider session={session}>
    <App />
  </SessionProvider>,
);
listenForShortcuts(session);
void readPastRuns();

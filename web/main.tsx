// Starts the page: theme first, then the first view, then the recorded run that plays in it.
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/print.css';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { openFirstRecording } from './first-visit';
import { listenForShortcuts } from './shortcuts';
import { applyTheme } from './stores/theme';
import { readPastRuns } from './stores/past-runs';

applyTheme();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root".');
// The recording is asked for before the first view is drawn: it travels while React works.
void openFirstRecording();
createRoot(root).render(<App />);
listenForShortcuts();
void readPastRuns();

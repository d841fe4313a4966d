// Every sentence of the comparison of methods, in one place, so that a translation is a second file of the same shape.
import { formatCount } from '../../src/text/format';

export const costsText = {
  title: 'To the answer',
  columns: { method: 'Method', answer: 'Answer', sequential: 'Steps in turn', passes: 'Passes', rows: 'Rows read', ms: 'Time' },
  helpLabel: 'What is counted',
  help: 'Steps in turn: passes that each wait for the one before, of the thought and one for each token of the answer, its end token among them. Passes, rows and time are of reading the prompt, thinking and answering; what was measured besides is left out. Rows that the model still holds from the run before are not read again.',
  here: 'on screen',
  cut: 'cut off',
  compare: (labels: readonly string[]) => `Compare with ${labels.map((label) => `“${label}”`).join(' and ')}`,
  compareHelp: 'Runs them on the same picture and question, and measures what their sentences attend to; the run on screen stays.',
  running: (label: string) => `Running “${label}”…`,
  stop: 'Stop',
  count: formatCount,
} as const;

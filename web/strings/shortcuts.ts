// Every sentence of the list of keyboard shortcuts, in one place, so that a translation is a second file of the same shape.

export const shortcutsText = {
  rows: [
    ['Ctrl Enter', 'Run, or stop the run'],
    ['Escape', 'Stop the run; close a panel'],
    ['← →', 'One step back or on'],
    ['Space', 'Play or pause'],
  ],
  letters: 'Single-letter shortcuts',
  lettersWhy: 'Turn them off if you speak to your computer, or if keys pressed by accident get in the way.',
  lettersOff: 'Off on this device; the other keys keep working.',
  letterRows: [
    ['O', 'Open a picture'],
    ['Q', 'Go to the question'],
    ['S', 'Settings'],
    ['T', 'Light, dark or system'],
    ['?', 'This list'],
  ],
} as const;

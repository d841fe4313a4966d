// Every sentence of the views of what rows attend to, in one place, so that a translation is a second file of the same shape.
import { formatNumber } from '../../src/text/format';

export const attentionText = {
  title: 'Attention to the picture',
  measures: {
    ratio: { name: 'Attention ratio R', axis: 'R' },
    focus: { name: 'Focus F', axis: 'F' },
  },
  scale: 'What is drawn',
  scales: { total: 'Total', each: 'Per row' },
  helpLabel: 'What R and F mean',
  help: [
    'R is a row’s attention to image rows (those of the picture and those inserted again) by its attention to all others. F is 1 by the entropy of its attention: the higher, the fewer rows it looks at. Both are of the mean over all layers and heads.',
    'They depend on how many rows there are: more image rows raise R, more rows lower F, whatever the model looks at. Per row, R is the attention of one image row by that of one other row, and the entropy of F is divided by the largest that so many rows allow.',
  ],
  of: (method: string) => `${method}, sentences`,
  step: (words: string, step: number) => `${words} ${step}`,
  sentence: (index: number) => `Sentence ${index + 1}`,
  columns: {
    row: 'Read by',
    ratio: 'R',
    ratioEach: 'R per row',
    focus: 'F',
    focusEach: 'F per row',
    keys: 'Rows attended to',
  },
  table: 'Attention ratio and focus',
  value: (value: number | null) => formatNumber(value, 3),
  keys: (keys: number) => formatNumber(keys, Number.isInteger(keys) ? 0 : 1),
  waiting: 'The curves start with the first step.',
} as const;

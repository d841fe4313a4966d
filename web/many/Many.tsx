// Many runs in the page: a sweep of settings, or an evaluation on a dataset.
import { useState } from 'react';
import { manyText } from '../strings/many';
import { Segmented } from '../ui/Segmented';
import { EvaluationPart } from './EvaluationPart';
import styles from './Many.module.css';
import { SweepPart } from './SweepPart';

const KINDS = ['sweep', 'evaluation'] as const;

export function Many() {
  const [kind, setKind] = useState<(typeof KINDS)[number]>('sweep');
  return (
    <div className={styles['many']} data-many>
      <Segmented
        legend={manyText.kind}
        legendHidden
        value={kind}
        options={KINDS.map((value) => ({ value, label: manyText.kinds[value] }))}
        onChange={setKind}
      />
      {kind === 'sweep' ? <SweepPart /> : <EvaluationPart />}
    </div>
  );
}

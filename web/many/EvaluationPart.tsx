// The evaluation: its form, and the results of the one that is kept.
import { useStore } from 'zustand';
import { useSession } from '../session/context';
import { manyText } from '../strings/many';
import { EvaluationForm } from './EvaluationForm';
import { EvaluationResults } from './EvaluationResults';
import { evaluationOf } from './evaluation-state';
import styles from './Many.module.css';

export function EvaluationPart() {
  const work = evaluationOf(useSession());
  const facts = useStore(work.state, (state) => state.facts);
  return (
    <>
      <p className={`note ${styles['help']}`}>{manyText.evaluation.help}</p>
      <EvaluationForm work={work} />
      {facts !== null && <EvaluationResults work={work} facts={facts} />}
    </>
  );
}

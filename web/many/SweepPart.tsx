// The sweep: its form, and the results of the one that was begun last.
import { useStore } from 'zustand';
import { useSession } from '../session/context';
import { manyText } from '../strings/many';
import styles from './Many.module.css';
import { SweepForm } from './SweepForm';
import { SweepResults } from './SweepResults';
import { sweepOf } from './sweep-state';

export function SweepPart() {
  const session = useSession();
  const sweep = sweepOf(session);
  const plan = useStore(sweep.state, (state) => state.plan);
  // A new method has settings of its own.
  const method = useStore(session.settings, (store) => store.method);
  return (
    <>
      <p className={`note ${styles['help']}`}>{manyText.sweep.help}</p>
      <SweepForm key={method} sweep={sweep} />
      {plan !== null && <SweepResults sweep={sweep} plan={plan} />}
    </>
  );
}

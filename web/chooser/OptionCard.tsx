// One way to a model: a radio button drawn as a card, which opens below when it is chosen.
import { type ReactNode, useId } from 'react';
import { useSession } from '../session/context';
import styles from './OptionCard.module.css';
import { selectWay, useWays } from './ways';

/** What every option gets from the group. */
export interface OptionProps {
  /** Name of the radio group. */
  readonly group: string;
  /** What goes on once the visitor has agreed to a download. */
  readonly after: (() => void) | null;
}

interface OptionCardProps {
  readonly group: string;
  /** Which way it is. */
  readonly way: string;
  readonly name: string;
  readonly about: string;
  /** Beside the name. */
  readonly badge?: ReactNode;
  /** Below the description, whether chosen or not. */
  readonly facts?: ReactNode;
  /** Shown while chosen. */
  readonly children: ReactNode;
}

export function OptionCard({ group, way, name, about, badge, facts, children }: OptionCardProps) {
  const session = useSession();
  const id = useId();
  const checked = useWays((state) => state.choice === way);
  return (
    <div className={styles['card']} data-checked={checked}>
      <label className={styles['head']}>
        <input
          type="radio"
          className={styles['radio']}
          name={group}
          checked={checked}
          onChange={() => selectWay(session, way)}
          aria-labelledby={`${id}-name`}
          aria-describedby={`${id}-about`}
        />
        <span className={styles['title']}>
          <span id={`${id}-name`} className={styles['name']}>
            {name}
          </span>
          {badge}
        </span>
        <span id={`${id}-about`} className={styles['words']}>
          <span className={styles['about']}>{about}</span>
          {facts}
        </span>
      </label>
      {checked && <div className={styles['body']}>{children}</div>}
    </div>
  );
}

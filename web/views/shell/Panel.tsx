// One part of the page: its title, one sentence on what it shows, and its view, which may fail without taking the page along.
import { type ReactNode, useId } from 'react';
import { Boundary } from '../../ui/Boundary';
import styles from './Panel.module.css';

interface PanelProps {
  /** Where in the page's grid it stands. */
  readonly area: 'reward' | 'answers' | 'think' | 'runs' | 'many';
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}

export function Panel({ area, title, lead, children }: PanelProps) {
  const heading = useId();
  return (
    <section className={`${styles['panel']} ${styles[area]}`} aria-labelledby={heading}>
      <header className={styles['head']}>
        <h2 id={heading}>{title}</h2>
        <p className="note">{lead}</p>
      </header>
      <Boundary part={title}>{children}</Boundary>
    </section>
  );
}

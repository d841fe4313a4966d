// The button that opens the closer look at a run; what it opens is fetched then.
import { lazy, Suspense, useState } from 'react';
import { en } from '../../strings/en';
import { Boundary } from '../../ui/Boundary';
import styles from './Closer.module.css';

const Explorer = lazy(async () => ({ default: (await import('./Explorer')).Explorer }));

export function Closer() {
  const [open, setOpen] = useState(false);
  return (
    <section className={styles.closer} aria-label={en.closer}>
      <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {en.closer}
      </button>
      {open && (
        <Boundary part={en.closer}>
          <Suspense fallback={null}>
            <Explorer />
          </Suspense>
        </Boundary>
      )}
    </section>
  );
}

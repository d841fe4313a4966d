// Sweeps and evaluations behind a button: their part of the page is fetched when it is first opened.
import { lazy, Suspense, useState } from 'react';
import { en } from '../../strings/en';

const Many = lazy(async () => ({ default: (await import('../../many/Many')).Many }));

export function ManyRuns() {
  const [open, setOpen] = useState(false);
  return open ? (
    <Suspense>
      <Many />
    </Suspense>
  ) : (
    <button type="button" className="button" data-screen-only onClick={() => setOpen(true)}>
      {en.runs.many}
    </button>
  );
}

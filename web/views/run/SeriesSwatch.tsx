// A series drawn small, as in the plot, so that its name needs no legend.
import type { SeriesName } from './reward-series';
import styles from './SeriesSwatch.module.css';

/** The swatch of a series; says nothing to a screen reader. */
export function SeriesSwatch({ name }: { readonly name: SeriesName }) {
  return (
    <svg className={styles.swatch} data-series={name} viewBox="0 0 22 12" aria-hidden="true">
      {name === 'best' && <path d="M1 9h7V3h13" />}
      {name === 'evaluated' && (
        <>
          <path d="M1 8L8 4l7 4 6-5" />
          <circle cx="8" cy="4" r="2" />
          <circle cx="15" cy="8" r="2" />
        </>
      )}
      {name === 'unperturbed' && <path d="M1 9C8 9 12 4 21 3" />}
      {name === 'candidates' && (
        <>
          <path className={styles.kept} d="M6 2.5l3.2 6H2.8z" />
          <path d="M14 3.5l5 5M19 3.5l-5 5" />
        </>
      )}
      {name === 'patches' && <rect x="1" y="4" width="20" height="7" />}
    </svg>
  );
}

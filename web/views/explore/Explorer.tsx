// The closer look at a run: one view at a time, each asked for by name.
import { useState } from 'react';
import { exploreText } from '../../strings/explore';
import { Segmented } from '../../ui/Segmented';
import { DependencePanel } from './DependencePanel';
import { DriftPanel } from './DriftPanel';
import styles from './Explorer.module.css';
import { HeadsPanel } from './HeadsPanel';
import { LandscapePanel } from './LandscapePanel';
import { MapPanel } from './MapPanel';

const text = exploreText.views;

const PANELS = {
  drift: DriftPanel,
  landscape: LandscapePanel,
  dependence: DependencePanel,
  heads: HeadsPanel,
  map: MapPanel,
};
type View = keyof typeof PANELS;

const OPTIONS = (Object.keys(PANELS) as View[]).map((value) => ({ value, label: text[value] }));

export function Explorer() {
  const [view, setView] = useState<View>('drift');
  const Shown = PANELS[view];
  return (
    <div className={styles.explorer}>
      <Segmented legend={text.legend} legendHidden value={view} options={OPTIONS} onChange={setView} />
      <Shown />
    </div>
  );
}

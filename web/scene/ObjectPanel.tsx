// The properties of the selected object, or of the next one to be added.
import { Trash2 } from 'lucide-react';
import { useId } from 'react';
import * as world from '../../src/scene/world';
import { sceneText } from '../strings/scene';
import { Segmented } from '../ui/Segmented';
import { fullName, type Look } from './scene';
import styles from './SceneEditor.module.css';
import { ShapeIcon } from './ShapeIcon';
import { Swatches } from './Swatches';

interface Props {
  readonly look: Look;
  readonly isSelected: boolean;
  readonly onChange: (change: Partial<Look>) => void;
  readonly onRemove: () => void;
}

const SHAPES = world.SHAPES.map((shape) => shape.name);
const COLOURS = world.COLOURS.map((colour) => colour.name);
const SIZES = world.SIZES.map(({ name }) => ({ value: name, label: name }));
const FILLS = world.FILLS.map(({ name, word }) => ({ value: name, label: word }));

export function ObjectPanel({ look, isSelected, onChange, onRemove }: Props) {
  const id = useId();
  return (
    <section className={styles.panel} aria-label={isSelected ? sceneText.selected : sceneText.next}>
      <header className={styles.panelHead}>
        <h3>{isSelected ? sceneText.selected : sceneText.next}</h3>
        {isSelected && (
          <button type="button" className="button button-quiet" onClick={onRemove} aria-label={sceneText.removeObject(fullName(look))}>
            <Trash2 size={15} aria-hidden /> {sceneText.remove}
          </button>
        )}
      </header>
      <Swatches legend={sceneText.shape} value={look.shape} options={SHAPES} onChange={(shape) => onChange({ shape })}>
        {(shape) => <ShapeIcon shape={shape} outlined={world.named(world.FILLS, look.fill).innerScale > 0} />}
      </Swatches>
      <Swatches legend={sceneText.colour} value={look.colour} options={COLOURS} onChange={(colour) => onChange({ colour })}>
        {(colour) => <i style={{ background: `rgb(${world.named(world.COLOURS, colour).rgb.join(' ')})` }} />}
      </Swatches>
      <div className={styles.pairs}>
        <Segmented legend={sceneText.size} value={look.size} options={SIZES} onChange={(size) => onChange({ size })} />
        <Segmented legend={sceneText.fill} value={look.fill} options={FILLS} onChange={(fill) => onChange({ fill })} />
      </div>
      <div className={styles.rotation}>
        <label htmlFor={id}>{sceneText.rotation}</label>
        <input
          id={id}
          type="range"
          min={-world.MAX_ROTATION}
          max={world.MAX_ROTATION}
          step={1}
          value={look.rotation}
          aria-valuetext={sceneText.degrees(look.rotation)}
          onChange={(event) => onChange({ rotation: Number(event.target.value) })}
        />
        <output htmlFor={id}>{sceneText.degrees(look.rotation)}</output>
      </div>
    </section>
  );
}

// The large picture as a place to point at: pointer and arrow keys choose a patch.
import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { tokenCount } from '../../../src/image/tiles';
import { patchAt, patchForKey } from '../../lib/patch-grid';
import { useSize } from '../../lib/use-size';
import { useSession } from '../../session/context';
import { runText } from '../../strings/run';
import styles from './PatchOverlay.module.css';
import { PatchPicture, type PictureLayers } from './PatchPicture';

interface Props extends PictureLayers {
  readonly active: number | null;
  readonly onPoint: (patch: number | null) => void;
  readonly describedBy: string;
}

const text = runText.overlay;

export function PatchStage({ active, onPoint, describedBy, ...picture }: Props) {
  const { run } = useSession();
  const ref = useRef<HTMLDivElement>(null);
  const { width } = useSize(ref);
  const { grid } = picture;
  const { tiles } = grid;
  const setPatch = (patch: number | null): void => run.getState().setCursor({ patch });

  const under = (event: PointerEvent<HTMLDivElement>): number | null => {
    const box = event.currentTarget.getBoundingClientRect();
    return patchAt(grid, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Escape' && active !== null) {
      setPatch(null);
      onPoint(null);
    } else {
      const patch = patchForKey(grid, event.key, active);
      if (patch === null) return;
      onPoint(null);
      setPatch(patch);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={ref}
      className={styles.stage}
      // The picture is as wide as its shape allows within the height that is kept for it.
      style={{ maxInlineSize: `calc(var(--stage-height) * ${grid.width / grid.height})` }}
      role="application"
      aria-roledescription={text.role}
      aria-label={tiles.length === 1 ? text.grid(tiles[0].columns, tiles[0].rows) : text.tiles(tiles.length, tokenCount(tiles))}
      aria-describedby={describedBy}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => event.pointerType !== 'touch' && onPoint(under(event))}
      onPointerLeave={() => onPoint(null)}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const patch = patchAt(grid, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
        setPatch(patch === run.getState().cursor.patch ? null : patch);
      }}
    >
      <PatchPicture {...picture} active={active} pixel={width > 0 ? grid.width / width : null} alt={text.picture} />
    </div>
  );
}

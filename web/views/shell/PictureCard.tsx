// The picture: the run's with its patches, or the one chosen for the next run, and every way to choose another.
import { ImageUp, Shapes } from 'lucide-react';
import { lazy, Suspense, useId, useRef, useState } from 'react';
import { useSession } from '../../session/context';
import { useBusy, useChosenName, useInput, useRun } from '../../session/hooks';
import { takeFile, takeScene } from '../../session/pictures';
import { isWaiting } from '../../stores/input-store';
import { en } from '../../strings/en';
import { Dialog } from '../../ui/Dialog';
import { PatchOverlay } from '../run/PatchOverlay';
import styles from './PictureCard.module.css';
import { SampleStrip } from './SampleStrip';

const SceneEditor = lazy(async () => ({ default: (await import('../../scene/SceneEditor')).SceneEditor }));

/** Types that the file dialog offers; what is really in the file is checked after. */
const ACCEPT = 'image/png,image/jpeg,image/webp,image/avif,image/gif,image/bmp';

export function PictureCard() {
  const session = useSession();
  const chosen = useInput((input) => input.picture);
  const waiting = useInput(isWaiting);
  const dropPicture = useInput((input) => input.dropPicture);
  const hasRunPicture = useRun((run) => run.state.image !== null);
  const busy = useBusy();
  const isOther = useChosenName() !== null;
  const [drawing, setDrawing] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const heading = useId();
  return (
    <section className={styles['card']} aria-labelledby={heading}>
      <header className={styles['choose']}>
        <h2 id={heading} className={styles['title']}>
          {en.picture.title}
        </h2>
        <div className={styles['buttons']} data-screen-only>
          <button
            type="button"
            className="button"
            disabled={busy}
            title={en.picture.openHint}
            onClick={() => file.current?.click()}
            data-shortcut="open"
          >
            <ImageUp size={16} aria-hidden="true" />
            {en.picture.open}
          </button>
          <button type="button" className="button" disabled={busy} title={en.picture.drawHint} onClick={() => setDrawing(true)}>
            <Shapes size={16} aria-hidden="true" />
            {en.picture.draw}
          </button>
          <input
            ref={file}
            type="file"
            hidden
            accept={ACCEPT}
            aria-label={en.picture.open}
            onChange={(event) => {
              const [picked] = event.target.files ?? [];
              if (picked !== undefined) void takeFile(session, picked, picked.name);
              event.target.value = '';
            }}
          />
        </div>
        <div className={styles['samples']} data-screen-only>
          <SampleStrip disabled={busy} />
          {isOther && <p className="note">{en.picture.photos}</p>}
        </div>
      </header>
      <div className={styles['stage']}>
        {chosen === null && !hasRunPicture && <p className={styles['empty']}>{en.picture.none}</p>}
        {hasRunPicture && !waiting && <PatchOverlay />}
        {chosen !== null && (waiting || !hasRunPicture) && (
          <figure className={styles['chosen']}>
            <img src={chosen.url} alt={en.picture.alt(chosen.name)} />
            {waiting && (
              <figcaption>
                <span>{en.picture.chosen(chosen.name)}</span>
                {hasRunPicture && (
                  <button type="button" className={styles['back']} onClick={dropPicture}>
                    {en.picture.back}
                  </button>
                )}
              </figcaption>
            )}
          </figure>
        )}
      </div>
      {drawing && (
        <Dialog title={en.picture.editor} width="wide" onClose={() => setDrawing(false)}>
          <Suspense fallback={<p className="note">{en.picture.editorLoading}</p>}>
            <SceneEditor
              onUse={(picture, questions, boxes) => {
                setDrawing(false);
                void takeScene(session, picture, questions, boxes);
              }}
            />
          </Suspense>
        </Dialog>
      )}
    </section>
  );
}

// Sample pictures as small buttons: one click changes the picture and the question.
import { useEffect, useState } from 'react';
import { useSession } from '../../session/context';
import { useInput } from '../../session/hooks';
import { listSamples, type Sample, takeSample } from '../../session/pictures';
import { en } from '../../strings/en';
import styles from './SampleStrip.module.css';

export function SampleStrip({ disabled }: { readonly disabled: boolean }) {
  const session = useSession();
  const [samples, setSamples] = useState<readonly Sample[] | null>([]);
  const used = useInput((input) => input.picture?.sample ?? null);
  useEffect(() => {
    let gone = false;
    listSamples().then(
      (found) => gone || setSamples(found),
      () => gone || setSamples(null),
    );
    return () => void (gone = true);
  }, []);
  if (samples === null) return <p className="note">{en.picture.samplesFailed}</p>;
  return (
    <ul className={styles['strip']} aria-label={en.picture.samples}>
      {samples.map((sample) => (
        <li key={sample.file}>
          <button
            type="button"
            className={styles['sample']}
            disabled={disabled}
            aria-pressed={sample.file === used}
            aria-label={en.picture.sample(sample.title)}
            title={sample.title}
            onClick={() => void takeSample(session, sample)}
          >
            <img src={`samples/${sample.file}`} alt="" width={48} height={48} loading="lazy" decoding="async" />
          </button>
        </li>
      ))}
    </ul>
  );
}

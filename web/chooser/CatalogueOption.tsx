// A model known beforehand: what it costs, what its licence allows and whether it runs here, before any request.
import { useSession } from '../session/context';
import { modelsText } from '../strings/models';
import { type CatalogueEntry, outlook, textOf } from './catalogue';
import { chooseEmbedded } from './choose';
import { WayOut } from './DeviceSummary';
import { useInspection } from './inspection';
import { LookView } from './LookView';
import styles from './ModelDialog.module.css';
import { OptionCard, type OptionProps } from './OptionCard';
import { VerdictBadge, VerdictNotes } from './Verdict';

interface CatalogueOptionProps extends OptionProps {
  readonly entry: CatalogueEntry;
}

export function CatalogueOption({ entry, group, after }: CatalogueOptionProps) {
  const session = useSession();
  const device = useInspection((state) => state.device);
  const seen = useInspection((state) => state.look.state === 'seen');
  const text = modelsText.costs;
  const view = device === null ? null : outlook(entry, device);
  const isSite = entry.source.kind === 'site';
  const facts = (
    <span className={styles['facts']}>
      {view?.need === null && <Fact label={text.download} value={text.unsized(view.dtype)} />}
      {view !== null && view.need !== null && (
        <>
          <Fact
            label={text.download}
            value={isSite ? text.withPage(view.need.download) : text.about(view.need.download, entry.approximate)}
          />
          <Fact label={device?.webgpu === 'hardware' ? text.gpu : text.memory} value={text.estimate(view.need.gpu)} />
          <Fact label={text.tab} value={text.estimate(view.need.heap)} />
        </>
      )}
      <Fact label={text.licence} value={text.means(entry.licence.name, entry.licence.means)} wide />
    </span>
  );
  return (
    <OptionCard
      group={group}
      way={textOf(entry)}
      name={entry.name}
      about={entry.about}
      badge={<VerdictBadge verdict={view?.verdict ?? null} />}
      facts={facts}
    >
      {view !== null && !(seen && !isSite) && <VerdictNotes verdict={view.verdict} />}
      {entry.source.kind === 'site' ? (
        <div className={styles['buttons']}>
          <button type="button" className="button button-primary" onClick={() => chooseEmbedded(session, textOf(entry))}>
            {modelsText.use}
          </button>
        </div>
      ) : view?.verdict.kind === 'cannot' ? (
        <WayOut />
      ) : (
        <LookView source={entry.source} licence={entry.licence} after={after} />
      )}
    </OptionCard>
  );
}

function Fact({ label, value, wide = false }: { readonly label: string; readonly value: string; readonly wide?: boolean }) {
  return (
    <span className={wide ? styles['wide'] : undefined}>
      <span className={styles['label']}>{label} </span>
      {value}
    </span>
  );
}

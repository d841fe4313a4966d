// Makes a model the chosen one: what is written in the address and remembered, what was agreed to, and loading it.
import type { Dtype, DtypeChoice } from '../../src/model/dtype';
import type { DtypeReport, ModelReport } from '../../src/engine/model-report';
import { formatModelSource, type ModelSource } from '../../src/engine/model-source';
import type { Session } from '../session/session';
import type { Agreement, ChosenModel } from '../stores/chosen-model';

/** A model that has been looked at, with the dtype to load. */
export interface Pick {
  readonly source: ModelSource;
  readonly report: ModelReport;
  readonly type: DtypeReport;
  readonly token: string | null;
}

/** Chooses a model that comes with the page, by its text (`siteFolder`); the embedded one by default. */
export function chooseEmbedded(session: Session, text = ''): void {
  const { dtype, model } = session.settings.getState();
  const isAlready = model === text && session.chosenModel.getState().folder === null;
  // Types of another model mean nothing here.
  settle(session, text, { folder: null, agreed: null, token: null }, isAlready ? dtype : 'auto', null);
}

/** Chooses a model without loading it; `agreed` says whether its download was agreed to. */
export function choose(session: Session, { source, report, type, token }: Pick, agreed: boolean): void {
  const model = source.kind === 'folder' ? '' : formatModelSource(source);
  const agreement: Agreement = {
    model,
    name: report.name,
    dtype: type.dtype,
    bytes: type.footprint.download,
    licence: report.licence,
    dtypes: report.dtypes
      .filter(({ verdict }) => verdict.kind === 'will-run')
      .toSorted((a, b) => a.footprint.gpu - b.footprint.gpu)
      .map(({ dtype }) => dtype),
  };
  const folder = source.kind === 'folder' ? source : null;
  // A folder is here already: there is nothing to agree to.
  const isAgreed = agreed || folder !== null;
  const dtype = type.dtype === report.recommended ? 'auto' : type.dtype;
  settle(session, model, { folder, agreed: isAgreed ? agreement : null, token }, dtype, type.dtype);
}

/** Chooses a model and loads it; `after` goes on instead with what the visitor had asked for. */
export function chooseAndLoad(session: Session, pick: Pick, after: (() => void) | null): void {
  choose(session, pick, true);
  // Without this the browser may throw gigabytes away when its disk runs short. It may refuse, and no answer is needed.
  if (pick.source.kind !== 'folder') void navigator.storage?.persist?.().catch(() => false);
  (after ?? (() => void session.loadModel()))();
}

/** `wanted` is the dtype that is to be loaded; null when any will do. */
function settle(session: Session, model: string, chosen: ChosenModel, dtype: DtypeChoice, wanted: Dtype | null): void {
  const { page, settings, chosenModel } = session;
  page.getState().setModelRequest(null);
  // A download that was stopped goes on from where it is: what was kept is still said.
  const { model: state } = session.model.getState();
  const same = settings.getState().model === model && chosenModel.getState().folder === chosen.folder;
  if (!same || (state.phase === 'ready' && wanted !== null && state.model.dtype !== wanted)) session.unloadModel();
  chosenModel.setState(chosen);
  settings.getState().choose({ model, dtype });
}

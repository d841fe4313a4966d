// The page's layout, and nothing else: which view stands where.
import { lazy, Suspense, useEffect } from 'react';
import { toEngineError } from '../src/errors';
import type { MethodView } from './lib/method-view';
import { usePage, useRun } from './session/hooks';
import { useSession } from './session/context';
import { en } from './strings/en';
import { Boundary } from './ui/Boundary';
import { AnswerPair } from './views/run/AnswerPair';
import { Closer } from './views/explore/Closer';
import { RewardChart } from './views/run/RewardChart';
import { SequenceStrip } from './views/run/SequenceStrip';
import { StepCursor } from './views/run/StepCursor';
import { ThinkTokens } from './views/run/ThinkTokens';
import { useMethodView, useRunMethod } from './views/run/use-run-view';
import { openView } from './views/methods/registry';
import { DeviceLine } from './views/shell/DeviceLine';
import { Footer } from './views/shell/Footer';
import { Header } from './views/shell/Header';
import { LiveRegion } from './views/shell/LiveRegion';
import { LoadPanel } from './views/shell/LoadPanel';
import { ManyRuns } from './views/shell/ManyRuns';
import { Panel } from './views/shell/Panel';
import { PictureCard } from './views/shell/PictureCard';
import { Problems } from './views/shell/Problems';
import { QuestionForm } from './views/shell/QuestionForm';
import styles from './App.module.css';

const AfterAnswer = lazy(async () => ({ default: (await import('./views/run/AfterAnswer')).AfterAnswer }));
const DropTarget = lazy(async () => ({ default: (await import('./views/shell/DropTarget')).DropTarget }));
const Runs = lazy(async () => ({ default: (await import('./views/shell/Runs')).Runs }));
const ModelDialog = lazy(async () => ({ default: (await import('./chooser/ModelDialog')).ModelDialog }));
const ShortcutsDialog = lazy(async () => ({ default: (await import('./views/shell/ShortcutsDialog')).ShortcutsDialog }));
const SettingsPanel = lazy(async () => ({ default: (await import('./views/shell/SettingsPanel')).SettingsPanel }));

/** The view of the run's method, which is fetched when it is not here. */
function useRunViewOpened(): MethodView {
  const { page } = useSession();
  const { id } = useRunMethod();
  useEffect(() => {
    const open = (): void => {
      openView(id).catch((thrown: unknown) => page.getState().setProblem({ error: toEngineError(thrown), retry: open }));
    };
    open();
  }, [id, page]);
  return useMethodView();
}

export function App() {
  const { page } = useSession();
  const settingsOpen = usePage((page) => page.settingsOpen);
  const helpOpen = usePage((page) => page.helpOpen);
  const modelRequest = usePage((page) => page.modelRequest);
  const { parts } = useRunViewOpened();
  const answered = useRun(({ state }) => state.finished !== null || state.controls.length > 0);
  return (
    <div className={styles['page']} data-settings={settingsOpen}>
      <a className={styles['skip']} href="#question">
        {en.skip}
      </a>
      <Header />
      <main className={styles['main']}>
        <Problems />
        <div className={styles['ask']} id="question">
          <QuestionForm />
          <DeviceLine />
          <LoadPanel />
        </div>
        <div className={styles['picture']}>
          <Boundary part={en.picture.title}>
            <PictureCard />
          </Boundary>
        </div>
        <Panel area="reward" title={parts?.steps.title ?? en.sections.reward} lead={parts?.steps.lead ?? en.lead.reward}>
          <RewardChart />
          <StepCursor />
        </Panel>
        <Panel area="answers" title={en.sections.answers} lead={en.lead.answers}>
          <AnswerPair />
          {answered && (
            <Suspense fallback={null}>
              <AfterAnswer />
            </Suspense>
          )}
        </Panel>
        <Panel area="think" title={parts?.latents.title ?? en.sections.think} lead={parts?.latents.lead ?? en.lead.think}>
          <SequenceStrip />
          <ThinkTokens />
        </Panel>
        <Closer />
        <Panel area="runs" title={en.sections.runs} lead={en.lead.runs}>
          <Suspense fallback={null}>
            <Runs />
          </Suspense>
        </Panel>
        <Panel area="many" title={en.sections.many} lead={en.lead.many}>
          <ManyRuns />
        </Panel>
      </main>
      <Footer />
      {settingsOpen && (
        <Boundary part={en.sections.settings} onReset={() => page.getState().setSettingsOpen(false)}>
          <Suspense fallback={null}>
            <SettingsPanel />
          </Suspense>
        </Boundary>
      )}
      {helpOpen && (
        <Boundary part={en.help.title} onReset={() => page.getState().setHelpOpen(false)}>
          <Suspense fallback={null}>
            <ShortcutsDialog />
          </Suspense>
        </Boundary>
      )}
      {modelRequest !== null && (
        <Boundary part={en.model.change} onReset={() => page.getState().setModelRequest(null)}>
          <Suspense fallback={null}>
            <ModelDialog request={modelRequest} />
          </Suspense>
        </Boundary>
      )}
      <Suspense fallback={null}>
        <DropTarget />
      </Suspense>
      <LiveRegion />
    </div>
  );
}

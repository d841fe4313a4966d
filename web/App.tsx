// The page's layout, and nothing else: which view stands where.
import { lazy, Suspense } from 'react';
import { usePage } from './session/hooks';
import { useSession } from './session/context';
import { en } from './strings/en';
import { Boundary } from './ui/Boundary';
import { AnswerPair } from './views/run/AnswerPair';
import { Controls } from './views/run/Controls';
import { RewardChart } from './views/run/RewardChart';
import { RunSummary } from './views/run/RunSummary';
import { SequenceStrip } from './views/run/SequenceStrip';
import { StepCursor } from './views/run/StepCursor';
import { ThinkTokens } from './views/run/ThinkTokens';
import { DeviceLine } from './views/shell/DeviceLine';
import { DropTarget } from './views/shell/DropTarget';
import { Footer } from './views/shell/Footer';
import { Header } from './views/shell/Header';
import { LiveRegion } from './views/shell/LiveRegion';
import { LoadPanel } from './views/shell/LoadPanel';
import { ManyRuns } from './views/shell/ManyRuns';
import { Panel } from './views/shell/Panel';
import { PictureCard } from './views/shell/PictureCard';
import { Problems } from './views/shell/Problems';
import { QuestionForm } from './views/shell/QuestionForm';
import { RunsPanel } from './views/shell/RunsPanel';
import styles from './App.module.css';

const ModelDialog = lazy(async () => ({ default: (await import('./chooser/ModelDialog')).ModelDialog }));
const ShortcutsDialog = lazy(async () => ({ default: (await import('./views/shell/ShortcutsDialog')).ShortcutsDialog }));
const SettingsPanel = lazy(async () => ({ default: (await import('./views/shell/SettingsPanel')).SettingsPanel }));

export function App() {
  const { page } = useSession();
  const settingsOpen = usePage((page) => page.settingsOpen);
  const helpOpen = usePage((page) => page.helpOpen);
  const modelRequest = usePage((page) => page.modelRequest);
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
        <Panel area="reward" title={en.sections.reward} lead={en.lead.reward}>
          <RewardChart />
          <StepCursor />
        </Panel>
        <Panel area="answers" title={en.sections.answers} lead={en.lead.answers}>
          <AnswerPair />
          <Controls />
        </Panel>
        <Panel area="think" title={en.sections.think} lead={en.lead.think}>
          <SequenceStrip />
          <ThinkTokens />
        </Panel>
        <Panel area="runs" title={en.sections.runs} lead={en.lead.runs}>
          <RunSummary />
          <RunsPanel />
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
      <DropTarget />
      <LiveRegion />
    </div>
  );
}

// The foot of the page: the run in numbers, and runs to look back at.
import { RunSummary } from '../run/RunSummary';
import { RunsPanel } from './RunsPanel';

export function Runs() {
  return (
    <>
      <RunSummary />
      <RunsPanel />
    </>
  );
}

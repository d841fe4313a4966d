// What can be asked once there is an answer: what made the difference, and what other methods take for the same question.
import { Controls } from './Controls';
import { Costs } from './Costs';

export function AfterAnswer() {
  return (
    <>
      <Controls />
      <Costs />
    </>
  );
}

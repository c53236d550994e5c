import { STATE_SIGNS, STATE_WORDS, type State } from "../words/state";

/** A state as sign, word and colour: never colour alone. */
export function StateMark({ state, word }: { state: State; word?: string }) {
  return (
    <span className="state" data-state={state}>
      <span aria-hidden="true">{STATE_SIGNS[state]}</span>
      <span>{word ?? STATE_WORDS[state]}</span>
    </span>
  );
}

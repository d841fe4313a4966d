// What the next run will be asked: a picture and a question. Until the visitor chooses, they are those of the run on screen.
import type { PixelRect } from '../../src/image/tiles';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** A picture the visitor chose. */
export interface ChosenPicture {
  /** The file as it was given: what a run is asked about. */
  readonly blob: Blob;
  readonly name: string;
  /** Object URL of a picture file that shows it as the model sees it. */
  readonly url: string;
  /** Questions that suit it. */
  readonly suggestions: readonly string[];
  /** Where the picture shows what a question is about, in its pixels, for the questions of which that is known. */
  readonly focus: ReadonlyMap<string, readonly PixelRect[]>;
  /** Name of the sample it came from, or null. */
  readonly sample: string | null;
}

export interface InputStore {
  /** Null: the picture of the run on screen. */
  readonly picture: ChosenPicture | null;
  /** Settled once the picture that was chosen last is there or has been refused: a run that is asked for meanwhile waits. Never rejects. */
  readonly coming: Promise<void>;
  /** The chosen picture that the run on screen was asked about; null when that run came from elsewhere. */
  readonly asked: ChosenPicture | null;
  /** Questions that suit the picture of the run on screen. */
  readonly runSuggestions: readonly string[];
  readonly question: string;
  /** Why the question cannot be asked, with what to do; null until somebody has tried. */
  readonly questionProblem: string | null;
  /** False while the question is the recording's; true once the visitor has written or chosen one. */
  readonly questionTouched: boolean;
  /** Chooses a picture; `shown` is the file that shows it. */
  readonly setPicture: (picture: Omit<ChosenPicture, 'url'>, shown: Blob) => void;
  /** Says that a chosen picture is on its way. */
  readonly expectPicture: (coming: Promise<void>) => void;
  /** Goes back to the picture of the run on screen. */
  readonly dropPicture: () => void;
  readonly setQuestion: (question: string) => void;
  readonly refuseQuestion: (problem: string) => void;
  /** Says that a run of the chosen picture begins. */
  readonly markAsked: () => void;
  /** Takes over the question of a run that was opened, and forgets the chosen picture. */
  readonly adopt: (question: string, suggestions: readonly string[]) => void;
}

/** An empty input store. */
export function createInputStore(): StoreApi<InputStore> {
  return createStore<InputStore>()((set, get) => ({
    picture: null,
    coming: Promise.resolve(),
    asked: null,
    runSuggestions: [],
    question: '',
    questionProblem: null,
    questionTouched: false,
    setPicture: (picture, shown) => {
      get().dropPicture();
      set({ picture: { ...picture, url: URL.createObjectURL(shown) } });
    },
    expectPicture: (coming) => set({ coming }),
    dropPicture: () => {
      const { picture, asked } = get();
      if (picture !== null && picture !== asked) URL.revokeObjectURL(picture.url);
      set({ picture: asked });
    },
    setQuestion: (question) => set({ question, questionTouched: true, questionProblem: null }),
    refuseQuestion: (questionProblem) => set({ questionProblem }),
    markAsked: () => set({ asked: get().picture ?? get().asked }),
    adopt: (question, runSuggestions) => {
      const { picture, asked } = get();
      for (const gone of new Set([picture, asked])) if (gone !== null) URL.revokeObjectURL(gone.url);
      set({ picture: null, asked: null, question, questionTouched: false, questionProblem: null, runSuggestions });
    },
  }));
}

/** Whether a chosen picture waits for its first run. */
export function isWaiting({ picture, asked }: InputStore): boolean {
  return picture !== null && picture !== asked;
}

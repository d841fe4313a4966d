// What the next run will be asked: a picture and a question. Until the visitor chooses, they are those of the run on screen.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

/** A picture the visitor chose. */
export interface ChosenPicture {
  readonly blob: Blob;
  readonly name: string;
  /** Object URL of `blob`, for showing it. */
  readonly url: string;
  /** Questions that suit it. */
  readonly suggestions: readonly string[];
  /** Name of the sample it came from, or null. */
  readonly sample: string | null;
}

export interface InputStore {
  /** Null: the picture of the run on screen. */
  readonly picture: ChosenPicture | null;
  /** Questions that suit the picture of the run on screen. */
  readonly runSuggestions: readonly string[];
  readonly question: string;
  /** False while the question is the recording's; true once the visitor has written or chosen one. */
  readonly questionTouched: boolean;
  readonly setPicture: (picture: Omit<ChosenPicture, 'url'> | null) => void;
  readonly setQuestion: (question: string) => void;
  /** Takes over the question of a run that was opened, and forgets the chosen picture. */
  readonly adopt: (question: string, suggestions: readonly string[]) => void;
}

export const inputStore = createStore<InputStore>()((set, get) => ({
  picture: null,
  runSuggestions: [],
  question: '',
  questionTouched: false,
  setPicture: (picture) => {
    const old = get().picture;
    if (old !== null) URL.revokeObjectURL(old.url);
    set({ picture: picture === null ? null : { ...picture, url: URL.createObjectURL(picture.blob) } });
  },
  setQuestion: (question) => set({ question, questionTouched: true }),
  adopt: (question, runSuggestions) => {
    get().setPicture(null);
    set({ question, questionTouched: false, runSuggestions });
  },
}));

/** The input store as a hook. */
export function useInput<T>(select: (store: InputStore) => T): T {
  return useStore(inputStore, select);
}

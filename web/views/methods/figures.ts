// Sweeps that the papers of methods show, ready to be tried here. The papers give the settings and the shape of the curves, not every value.

/** A sweep that fills the form. */
export interface Figure {
  readonly label: string;
  /** What the paper's figure shows, in one sentence. */
  readonly help: string;
  readonly settings: readonly { readonly name: string; readonly values: string }[];
}

/** By the method's id. */
const FIGURES: Readonly<Record<string, readonly Figure[]>> = {
  dmlr: [
    {
      label: 'Figure 6: steps',
      help: 'Accuracy over the number of steps: in the paper more steps help steadily.',
      settings: [{ name: 'steps', values: '0, 5, 10, 15, 20, 30' }],
    },
    {
      label: 'Figure 7: patches per try',
      help: 'Accuracy over m, the patches each latent proposes: in the paper best near 2.',
      settings: [{ name: 'patchesPerStep', values: '0, 1, 2, 4, 8' }],
    },
    {
      label: 'Figure 7: noise',
      help: 'Accuracy over the noise: in the paper best near 10 %, that is 0.1.',
      settings: [{ name: 'sigma', values: '0.01, 0.05, 0.1, 0.2, 0.5, 1' }],
    },
    {
      label: 'Figure 9: think tokens',
      help: 'Accuracy over the number of think tokens: in the paper 2 to 4 are good, and more hurt.',
      settings: [{ name: 'latents', values: '1, 2, 4, 6, 8' }],
    },
  ],
};

/** The sweeps of a method's paper; none for a method without. */
export const figuresOf = (method: string): readonly Figure[] => FIGURES[method] ?? [];

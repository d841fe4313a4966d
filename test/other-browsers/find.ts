// How tests name a control, how it is found in the page, and when it can be clicked.

/** A control by its element and its name: `aria-label`, or else its text. */
export interface ByName {
  readonly element: 'button' | 'input';
  readonly name: string;
}

/** Runs in the page. */
export function find({ element, name }: ByName): HTMLElement | null {
  const named = (one: HTMLElement): string => (one.getAttribute('aria-label') ?? one.textContent).trim();
  return [...document.querySelectorAll<HTMLElement>(element)].find((one) => named(one) === name) ?? null;
}

export function noControl({ element, name }: ByName): Error {
  return new Error(`The page has no ${element} named “${name}”.`);
}

/** Milliseconds between two looks at what may still move. */
const STILL_MS = 150;

/** Resolves once `measure` gives the same twice in a row: a click on what still moves would miss it. */
export async function standsStill(measure: () => Promise<object | null>): Promise<void> {
  for (let before = ''; ;) {
    const now = JSON.stringify(await measure());
    if (now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, STILL_MS));
  }
}

// How large a picture file may be.

/** Largest picture file that is read, in bytes. */
export const MOST_BYTES = 50_000_000;
/** Largest picture that is decoded, in pixels: about 400 MB while decoding. Phones and cameras stay below it. */
export const MOST_PIXELS = 100_000_000;

// The bytes of a base64 data URL, where there is neither a network policy that allows data addresses nor a page.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Uint8Array(128);
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Decodes what stands behind the comma; a URL whose text is no base64 gives bytes without meaning. */
export function bytesOfDataUrl(url: string): Uint8Array<ArrayBuffer> {
  const from = url.indexOf(',') + 1;
  const padding = url.endsWith('==') ? 2 : url.endsWith('=') ? 1 : 0;
  const characters = url.length - from - padding;
  const bytes = new Uint8Array(Math.floor((characters * 3) / 4));
  let bits = 0;
  for (let index = 0, at = 0; index < characters; index += 1) {
    bits = (bits << 6) | VALUES[url.charCodeAt(from + index) & 127];
    // Each character but the first of four ends a byte; what is above its lowest eight bits falls away.
    if (index % 4 !== 0) bytes[at++] = bits >> (6 - 2 * (index % 4));
  }
  return bytes;
}

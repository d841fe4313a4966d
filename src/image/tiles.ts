// Which pixels an image token stands for, and which token stands for a pixel: the one place that says.

/** The share of a token's square that a box covers at least when the token counts as under it. */
const COVERED = 0.25;

/**
 * A rectangle of the picture, in pixels of the picture the model sees, that is cut into `rows` x `columns` image tokens. Most models
 * see one tile that is the whole picture; some see several, and the whole once more. Tokens are numbered tile by tile, row by row.
 */
export interface ImageTile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
}

/** In pixels of whatever size the picture is shown at. */
export interface PixelRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture's tiles and the size whose pixels they are told in. */
export interface TiledPicture {
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly ImageTile[];
}

/** Number of image tokens of all tiles. */
export function tokenCount(tiles: readonly ImageTile[]): number {
  return tiles.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}

/** Where token `index` lies in a picture shown at `width` x `height`; null when there is no such token. */
export function tokenRect(picture: TiledPicture, index: number, width: number, height: number): PixelRect | null {
  const [scaleX, scaleY] = [width / picture.width, height / picture.height];
  let first = 0;
  for (const tile of picture.tiles) {
    const within = index - first;
    first += tile.rows * tile.columns;
    if (within < 0 || index >= first) continue;
    const [column, row] = [within % tile.columns, Math.floor(within / tile.columns)];
    const [cellWidth, cellHeight] = [tile.width / tile.columns, tile.height / tile.rows];
    return {
      x: (tile.x + column * cellWidth) * scaleX,
      y: (tile.y + row * cellHeight) * scaleY,
      width: cellWidth * scaleX,
      height: cellHeight * scaleY,
    };
  }
  return null;
}

/** The token at a point of a picture shown at `width` x `height`, of the first tile that has the point; null outside all. */
export function tokenAt(picture: TiledPicture, x: number, y: number, width: number, height: number): number | null {
  if (!(x >= 0 && y >= 0 && x < width && y < height)) return null;
  const [px, py] = [(x * picture.width) / width, (y * picture.height) / height];
  let first = 0;
  for (const tile of picture.tiles) {
    const [dx, dy] = [px - tile.x, py - tile.y];
    if (dx >= 0 && dy >= 0 && dx < tile.width && dy < tile.height) {
      const column = Math.min(tile.columns - 1, Math.floor((dx * tile.columns) / tile.width));
      const row = Math.min(tile.rows - 1, Math.floor((dy * tile.rows) / tile.height));
      return first + row * tile.columns + column;
    }
    first += tile.rows * tile.columns;
  }
  return null;
}

/**
 * The tokens under boxes of a picture shown at `width` x `height`, ascending: those of which a box covers a quarter or more, and of
 * every box the one under its middle. None for boxes outside the picture.
 */
export function tokensUnder(picture: TiledPicture, boxes: readonly PixelRect[], width: number, height: number): number[] {
  const found = new Set<number>();
  for (const box of boxes) {
    const middle = tokenAt(picture, box.x + box.width / 2, box.y + box.height / 2, width, height);
    if (middle !== null) found.add(middle);
    for (let token = 0; token < tokenCount(picture.tiles); token++) {
      const cell = tokenRect(picture, token, width, height);
      if (cell === null) continue;
      const across = Math.min(box.x + box.width, cell.x + cell.width) - Math.max(box.x, cell.x);
      const down = Math.min(box.y + box.height, cell.y + cell.height) - Math.max(box.y, cell.y);
      if (across > 0 && down > 0 && across * down >= COVERED * cell.width * cell.height) found.add(token);
    }
  }
  return [...found].sort((a, b) => a - b);
}

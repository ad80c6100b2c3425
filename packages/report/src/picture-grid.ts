import { encode } from 'fast-png';

/** One block of pictures in a grid, e.g. the real ones. */
export interface PictureGroup {
  /** Grey values in [0, 1], one picture an entry, `width * height` numbers each. */
  readonly pictures: readonly ArrayLike<number>[];
}

export interface GridFormat {
  readonly width: number;
  readonly height: number;
  /** Pictures side by side in each group. */
  readonly columns: number;
  /** Screen pixels per picture pixel. */
  readonly zoom: number;
}

const GUTTER = 2;
const BETWEEN_GROUPS = 8;
const PAPER = 255;

interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Draws one picture with its upper left corner at (left, top); dark ink on light paper. */
function drawPicture(canvas: Canvas, picture: ArrayLike<number>, left: number, top: number, format: GridFormat): void {
  const { width, height, zoom } = format;
  for (let y = 0; y < height * zoom; y++)
    for (let x = 0; x < width * zoom; x++) {
      const ink = picture[Math.floor(y / zoom) * width + Math.floor(x / zoom)] ?? 0;
      canvas.data[(top + y) * canvas.width + left + x] = Math.round(PAPER * (1 - Math.min(1, Math.max(0, ink))));
    }
}

/** Groups of pictures side by side, as a PNG file. */
export function pictureGrid(groups: readonly PictureGroup[], format: GridFormat): Uint8Array {
  const cellWidth = format.width * format.zoom + GUTTER;
  const cellHeight = format.height * format.zoom + GUTTER;
  const groupWidth = cellWidth * format.columns + BETWEEN_GROUPS;
  const rows = Math.max(...groups.map((g) => Math.ceil(g.pictures.length / format.columns)));
  const width = groupWidth * groups.length - BETWEEN_GROUPS + GUTTER;
  const height = cellHeight * rows + GUTTER;
  const canvas = { width, height, data: new Uint8Array(width * height).fill(PAPER) };
  for (const [g, { pictures }] of groups.entries())
    for (const [i, picture] of pictures.entries()) {
      const left = g * groupWidth + (i % format.columns) * cellWidth + GUTTER;
      const top = Math.floor(i / format.columns) * cellHeight + GUTTER;
      drawPicture(canvas, picture, left, top, format);
    }
  return encode({ ...canvas, channels: 1, depth: 8 });
}

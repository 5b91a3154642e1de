// @ts-check
/** Pictures to the pixels that a model takes, in arrays, without a page around it. */

/** @typedef {{ width: number, height: number, data: Uint8ClampedArray }} Rgba four bytes a pixel, rows from the top */

/** Side of a digit's picture, of the box that the digit fills, and its brightness from which a pixel counts as ink. */
const SIDE = 28, BOX = 20, INK = 24;

/**
 * One plane by area: each pixel is the mean of what it covers.
 * @param {ArrayLike<number>} plane
 * @param {number} width @param {number} height
 * @param {{ x: number, y: number, width: number, height: number }} from the rectangle that becomes the result
 * @param {number} toWidth @param {number} toHeight
 * @returns {Float64Array}
 */
export function resample(plane, width, height, from, toWidth, toHeight) {
    const columns = spans(from.x, from.width, toWidth, width), rows = spans(from.y, from.height, toHeight, height);
    const across = new Float64Array(toWidth * height), result = new Float64Array(toWidth * toHeight);
    for (let y = rows[0].first; y <= rows[toHeight - 1].last; y++)
        for (let x = 0; x < toWidth; x++) across[y * toWidth + x] = mean(columns[x], at => plane[y * width + at]);
    for (let y = 0; y < toHeight; y++)
        for (let x = 0; x < toWidth; x++) result[y * toWidth + x] = mean(rows[y], at => across[at * toWidth + x]);
    return result;
}

/**
 * A digit as MNIST has it: bright on black, scaled to a box of 20 x 20 with its proportions, its centre of mass in the middle of 28 x 28.
 * @param {ArrayLike<number>} ink 0 to 255, bright where there is ink
 * @param {number} width @param {number} height
 * @returns {Uint8Array | null} null where there is no ink
 */
export function centreDigit(ink, width, height) {
    const box = bounds(ink, width, height);
    if (box === null) return null;
    const scale = BOX / Math.max(box.width, box.height);
    const toWidth = Math.max(1, Math.round(box.width * scale)), toHeight = Math.max(1, Math.round(box.height * scale));
    const small = resample(ink, width, height, box, toWidth, toHeight);
    const { x, y } = centreOfMass(small, toWidth, toHeight);
    const left = clamp(Math.round(SIDE / 2 - x), SIDE - toWidth), top = clamp(Math.round(SIDE / 2 - y), SIDE - toHeight);
    const digit = new Uint8Array(SIDE * SIDE);
    for (let row = 0; row < toHeight; row++)
        for (let column = 0; column < toWidth; column++)
            digit[(top + row) * SIDE + left + column] = Math.round(small[row * toWidth + column]);
    return digit;
}

/**
 * A chosen picture as a digit. One of 28 x 28 pixels is taken as it is; of another the ink is told from the paper by the border, stretched, and centred.
 * @param {Rgba} picture
 * @returns {{ pixels: Uint8Array, asItIs: boolean } | null} null where there is no ink
 */
export function digitOf(picture) {
    const grey = greyOf(picture), { width, height } = picture;
    if (width === SIDE && height === SIDE) return { pixels: Uint8Array.from(grey, Math.round), asItIs: true };
    let sum = 0, count = 0, least = 255, most = 0;
    for (let i = 0; i < grey.length; i++) {
        const x = i % width, y = (i - x) / width;
        if (x === 0 || y === 0 || x === width - 1 || y === height - 1) [sum, count] = [sum + grey[i], count + 1];
        [least, most] = [Math.min(least, grey[i]), Math.max(most, grey[i])];
    }
    if (most - least < INK) return null;
    const paper = sum / count, range = Math.max(most - paper, paper - least), sign = most - paper > paper - least ? 1 : -1;
    // Below a quarter of the range there is shadow and noise of the paper, above three quarters there is ink.
    const pixels = centreDigit(grey.map(value => Math.max(0, Math.min(255, 255 * (2 * sign * (value - paper) / range - 0.5)))), width, height);
    return pixels && { pixels, asItIs: false };
}

/**
 * A chosen picture for a model of larger images: the largest part in the middle that has the model's proportions, scaled by area.
 * @param {Rgba} picture
 * @param {{ channels: number, height: number, width: number }} layout
 * @returns {Uint8Array} planes
 */
export function imageOf(picture, { channels, height, width }) {
    const scale = Math.min(picture.width / width, picture.height / height);
    const from = { x: (picture.width - width * scale) / 2, y: (picture.height - height * scale) / 2, width: width * scale, height: height * scale };
    const planes = channels === 1 ? [greyOf(picture)] : [0, 1, 2].map(channel => planeOf(picture, channel));
    const pixels = new Uint8Array(channels * height * width);
    planes.forEach((plane, i) => pixels.set(resample(plane, picture.width, picture.height, from, width, height).map(Math.round), i * height * width));
    return pixels;
}

/** @param {Rgba} picture */
function greyOf({ data }) {
    return Float64Array.from({ length: data.length / 4 }, (_, i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
}

/** @param {Rgba} picture @param {number} channel */
function planeOf({ data }, channel) {
    return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + channel]);
}

/** @param {ArrayLike<number>} ink @param {number} width @param {number} height */
function bounds(ink, width, height) {
    let left = width, right = -1, top = height, bottom = -1;
    for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
            if (ink[y * width + x] >= INK)
                [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** @param {Float64Array} plane @param {number} width @param {number} height */
function centreOfMass(plane, width, height) {
    let mass = 0, x = 0, y = 0;
    plane.forEach((value, i) => {
        mass += value;
        x += value * (i % width + 0.5);
        y += value * (Math.floor(i / width) + 0.5);
    });
    return mass === 0 ? { x: width / 2, y: height / 2 } : { x: x / mass, y: y / mass };
}

/** @typedef {{ first: number, last: number, head: number, tail: number, length: number }} Span the cells under a result's pixel, parts of the outer two */

/** @param {number} start @param {number} length @param {number} count @param {number} cells @returns {Span[]} */
function spans(start, length, count, cells) {
    return Array.from({ length: count }, (_, i) => {
        const low = start + i * length / count, high = start + (i + 1) * length / count;
        const first = clamp(Math.floor(low), cells - 1), last = Math.max(first, clamp(Math.ceil(high) - 1, cells - 1));
        return first === last ? { first, last, head: 1, tail: 0, length: 1 }
            : { first, last, head: first + 1 - low, tail: high - last, length: high - low };
    });
}

/** @param {Span} span @param {(at: number) => number} value */
function mean({ first, last, head, tail, length }, value) {
    let sum = head * value(first) + tail * value(last);
    for (let at = first + 1; at < last; at++) sum += value(at);
    return sum / length;
}

/** @param {number} value @param {number} most */
const clamp = (value, most) => Math.max(0, Math.min(most, value));

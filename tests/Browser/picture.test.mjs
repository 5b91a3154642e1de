// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { centreDigit, digitOf, imageOf, resample } from "../../src/Hosting/Page/picture.js";

/** @param {number} width @param {number} height @param {(x: number, y: number) => number[]} color */
function picture(width, height, color) {
    const data = new Uint8ClampedArray(4 * width * height);
    for (let i = 0; i < width * height; i++) data.set([...color(i % width, Math.floor(i / width)), 255], 4 * i);
    return { width, height, data };
}

/** @param {(x: number, y: number) => boolean} inked */
const strokes = inked => Uint8Array.from({ length: 280 * 280 }, (_, i) => inked(i % 280, Math.floor(i / 280)) ? 255 : 0);

/** @param {ArrayLike<number>} digit */
function extent(digit) {
    const inked = Array.from(digit, (value, i) => value > 0 ? i : -1).filter(i => i >= 0);
    const [xs, ys] = [inked.map(i => i % 28), inked.map(i => Math.floor(i / 28))];
    return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

test("resampling keeps the mean, whole cells and constants", () => {
    const plane = Array.from({ length: 35 }, (_, i) => i * i % 251);
    const mean = (/** @type {ArrayLike<number>} */ of) => Array.from(of).reduce((a, b) => a + b) / of.length;
    const all = { x: 0, y: 0, width: 7, height: 5 };
    assert.ok(Math.abs(mean(resample(plane, 7, 5, all, 3, 2)) - mean(plane)) < 1e-9);
    assert.deepEqual([...resample(plane, 7, 5, all, 7, 5)], plane);
    assert.deepEqual([...resample(plane, 7, 5, { x: 2, y: 1, width: 2, height: 2 }, 2, 2)], [plane[9], plane[10], plane[16], plane[17]]);
    assert.deepEqual(new Set([...resample(plane.fill(9), 7, 5, all, 20, 11)].map(value => Math.round(value * 1e9))), new Set([9e9]));
});

test("a stroke anywhere and of any size fills twenty pixels and lies in the middle", () => {
    for (const [left, top, width, height] of [[5, 7, 40, 100], [200, 20, 60, 30], [0, 0, 280, 280], [130, 140, 6, 6]]) {
        const digit = centreDigit(strokes((x, y) => x >= left && x < left + width && y >= top && y < top + height), 280, 280) ?? assert.fail();
        const [x0, x1, y0, y1] = extent(digit);
        assert.equal(Math.max(x1 - x0, y1 - y0) + 1, 20);
        assert.ok(Math.abs((x0 + x1 + 1) / 2 - 14) <= 0.5 && Math.abs((y0 + y1 + 1) / 2 - 14) <= 0.5, `${x0} ${x1} ${y0} ${y1}`);
    }
});

test("the centre of mass, not of the box, is in the middle, and nothing is cut off", () => {
    const digit = centreDigit(strokes((x, y) => y >= 240 && y < 280 || x < 6 && y >= 80), 280, 280) ?? assert.fail();
    const [, , y0, y1] = extent(digit);
    assert.ok(y0 < 4 && y1 <= 27 && y1 - y0 >= 13);
});

test("no ink is no digit", () => {
    assert.equal(centreDigit(new Uint8Array(100), 10, 10), null);
    assert.equal(digitOf(picture(50, 50, () => [200, 200, 200])), null);
});

test("a picture of 28 x 28 is taken as it is", () => {
    const { pixels, asItIs } = digitOf(picture(28, 28, x => [x * 9, x * 9, x * 9])) ?? assert.fail();
    assert.ok(asItIs);
    assert.deepEqual([...pixels.slice(0, 28)], Array.from({ length: 28 }, (_, x) => x * 9));
});

test("dark ink on paper and bright ink on black become the same digit", () => {
    const inked = (/** @type {number} */ x, /** @type {number} */ y) => x >= 40 && x < 60 && y >= 20 && y < 100;
    const dark = digitOf(picture(120, 130, (x, y) => inked(x, y) ? [20, 20, 20] : [220, 220, 220]));
    const bright = digitOf(picture(120, 130, (x, y) => inked(x, y) ? [220, 220, 220] : [20, 20, 20]));
    assert.deepEqual(dark, bright);
    assert.equal(dark?.pixels.reduce((sum, value) => sum + value, 0), 255 * 20 * 5);
});

test("an image is cut to the model's proportions in the middle, in planes of red, green and blue", () => {
    const wide = picture(40, 10, (x, y) => x < 15 || x >= 25 ? [255, 0, 0] : [10 * y, 20, 30]);
    const pixels = imageOf(wide, { channels: 3, height: 5, width: 5 });
    assert.deepEqual([...pixels.slice(0, 25)], Array.from({ length: 25 }, (_, i) => 20 * Math.floor(i / 5) + 5));
    assert.deepEqual([...pixels.slice(25)], [...Array(25).fill(20), ...Array(25).fill(30)]);
    const grey = (/** @type {number[]} */ color) => imageOf(picture(4, 4, () => color), { channels: 1, height: 1, width: 1 })[0];
    assert.deepEqual([grey([255, 0, 0]), grey([0, 255, 0]), grey([0, 0, 255]), grey([255, 255, 255])], [76, 150, 29, 255]);
});

// @ts-check
/** Numbers and pictures onto the page. */

/** @typedef {import("./shares.js").Layout} Layout */

/** @template {Element} [T=HTMLElement] @param {string} id @returns {T} */
export const at = id => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));

/** @param {string} id @returns {HTMLCanvasElement} */
export const canvasAt = id => at(id);

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Layout} layout
 * @param {(channel: number, pixel: number) => number} value 0 to 255
 */
function paint(canvas, { channels, height, width }, value) {
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d"), image = new ImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++) {
        for (let channel = 0; channel < 3; channel++) image.data[4 * pixel + channel] = value(channels === 3 ? channel : 0, pixel);
        image.data[4 * pixel + 3] = 255;
    }
    context?.putImageData(image, 0, 0);
}

/** @param {HTMLCanvasElement} canvas @param {Layout} layout @param {Uint8Array} pixels planes */
export function paintPixels(canvas, layout, pixels) {
    const area = layout.width * layout.height;
    paint(canvas, layout, (channel, pixel) => pixels[channel * area + pixel]);
}

/** The highest byte of each number of a share. @param {HTMLCanvasElement} canvas @param {Layout} layout @param {Uint32Array} share */
export function paintShare(canvas, layout, share) {
    const area = layout.width * layout.height;
    paint(canvas, layout, (channel, pixel) => share[layout.interleaved ? pixel * layout.channels + channel : channel * area + pixel] >>> 24);
}

/** @param {HTMLCanvasElement} canvas */
export function blank(canvas) {
    canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
}

/**
 * Bars of probabilities: all classes in their order where they are few, else the most likely five.
 * @param {HTMLElement} list
 * @param {ArrayLike<number>} chances
 * @param {(index: number) => string} label
 */
export function showBars(list, chances, label) {
    const order = Array.from(chances, (_, i) => i).sort((i, j) => chances[j] - chances[i]), best = order[0];
    const shown = chances.length <= 12 ? order.toSorted((i, j) => i - j) : order.slice(0, 5);
    list.classList.toggle("named", shown.some(i => label(i).length > 2));
    list.replaceChildren(...shown.map(i => {
        const row = element("li", i === best ? "best" : ""), bar = element("span", "bar"), fill = element("span", "fill");
        bar.setAttribute("aria-hidden", "true");
        fill.style.width = `${Math.max(0.4, 100 * chances[i])}%`;
        bar.append(fill);
        row.append(element("span", "label", label(i)), bar, element("span", "percent", percent(chances[i])));
        return row;
    }));
}

/** @param {HTMLElement} body @param {[name: string, a: number | null, b: number | null][]} rows bytes */
export function showBytes(body, rows) {
    const cell = (/** @type {number | null} */ bytes) => element("td", "", bytes === null ? "" : count(bytes));
    body.replaceChildren(...rows.map(([name, a, b]) => {
        const row = element("tr"), head = element("th", "", name);
        head.setAttribute("scope", "row");
        row.append(head, cell(a), cell(b), cell(a === null || b === null ? null : a + b));
        return row;
    }));
}

/** The first bytes, for the eye. @param {Uint8Array} bytes @param {number} shown */
export const glance = (bytes, shown) => Array.from(bytes.slice(0, shown), byte => byte.toString(16).padStart(2, "0")).join(" ")
    + (bytes.length > shown ? " …" : "");

/** @param {number} chance */
export const percent = chance => chance > 0.9995 ? "> 99.9 %" : chance < 0.0005 ? "< 0.1 %" : `${(100 * chance).toFixed(1)} %`;

/** @param {number} number */
export const count = number => number.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** @param {number} ms */
export const duration = ms => ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : ms < 120_000 ? `${(ms / 1000).toFixed(1)} s`
    : ms < 7_200_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 3_600_000)} hours`;

/** @param {string} name @param {string} [className] @param {string} [text] */
function element(name, className = "", text = "") {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = text;
    return made;
}

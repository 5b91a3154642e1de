// @ts-check
/** Chromium for the tests, and what went over its wire. */

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { expand, HEADER_BYTES, toHex } from "../../src/Hosting/Page/shares.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Browser} Browser */

/** Without the network flags Chromium looks for its maker's hosts. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync"];

/** @param {string} executablePath */
export const launch = executablePath => chromium.launch({ executablePath, args: FLAGS });

/**
 * A page in a context of its own, which fails on whatever it complains of.
 * @param {Browser} browser @param {import("playwright-core").BrowserContextOptions} options @param {string} address
 */
export async function visit(browser, options, address) {
    const context = await browser.newContext(options), page = await context.newPage();
    /** @type {string[]} */
    const complaints = [];
    page.on("pageerror", error => complaints.push(String(error)));
    page.on("console", message => message.type() === "error" && complaints.push(message.text()));
    const wire = new Wire(page);
    await page.goto(address);
    return { context, page, wire, complaints };
}

/** What a page sent to and got from both servers. */
export class Wire {
    /** @type {{ party: string, id: string, body: Buffer }[]} */
    uploads = [];
    /** @type {Record<string, number>} bytes of results by party */
    results = {};
    /** @type {Set<string>} */
    origins = new Set();
    /** @type {Map<string, string>} party by origin */
    #parties = new Map();

    /** @param {Page} page */
    constructor(page) {
        page.on("request", request => {
            const { origin, pathname } = new URL(request.url()), body = request.postDataBuffer();
            this.origins.add(origin);
            if (request.method() === "POST" && body) this.uploads.push({ party: origin, id: pathname.slice(-32), body });
        });
        page.on("response", async response => {
            const { origin, pathname } = new URL(response.url());
            if (pathname.endsWith("/v1/model") && response.ok()) this.#parties.set(origin, (await response.json()).party);
            if (pathname.endsWith("/result") && response.ok()) this.results[origin] = (await response.body()).length;
        });
    }

    /** The last query: its two uploads, checked against each other, and the input that they add up to. @param {string} plan @param {number} elements */
    async lastQuery(plan, elements) {
        const id = this.uploads[this.uploads.length - 1].id, uploads = this.uploads.filter(upload => upload.id === id);
        assert.deepEqual(uploads.map(upload => this.#parties.get(upload.party)).sort(), ["a", "b"]);
        const [a, b] = ["a", "b"].map(party => uploads.find(upload => this.#parties.get(upload.party) === party)?.body ?? assert.fail());
        assert.equal(a.length, HEADER_BYTES + 32);
        assert.equal(b.length, HEADER_BYTES + 4 * elements);
        for (const body of [a, b]) assert.equal(toHex(body.subarray(0, 33)), "01" + plan);
        assert.deepEqual(a.subarray(33, HEADER_BYTES), b.subarray(33, HEADER_BYTES));
        const first = await expand(new Uint8Array(a.subarray(HEADER_BYTES)), elements);
        const second = new Uint32Array(new Uint8Array(b.subarray(HEADER_BYTES)).buffer);
        return {
            sent: { a: a.length, b: b.length }, seed: toHex(a.subarray(HEADER_BYTES)), second,
            received: Object.fromEntries(Object.entries(this.results).map(([origin, bytes]) => [this.#parties.get(origin), bytes])),
            input: Array.from(second, (share, i) => (share + first[i]) | 0),
        };
    }
}

/** Strokes in parts of the pad's side, by mouse. @param {Page} page @param {number[][][]} strokes */
export async function drawByMouse(page, strokes) {
    await page.locator("#pad").scrollIntoViewIfNeeded();
    const { x, y, width } = await page.locator("#pad").boundingBox() ?? assert.fail();
    for (const [start, ...rest] of strokes) {
        await page.mouse.move(x + width * start[0], y + width * start[1]);
        await page.mouse.down();
        for (const [toX, toY] of rest) await page.mouse.move(x + width * toX, y + width * toY, { steps: 6 });
        await page.mouse.up();
    }
}

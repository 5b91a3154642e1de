// @ts-check
/**
 * The page in Chromium against two servers that run. Arguments: a JSON object. Writes a line of JSON for each answer that the page showed, with the input
 * that went over the wire, for the caller to compare with the model in the clear; ends with 0 where everything else was as it should be.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { drawByMouse, launch, visit } from "./browser.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {{ chromium: string, a: string, b: string, digit: string, screenshots?: string }} the digit is a PNG file in base 64 */
const given = JSON.parse(process.argv[2]);
const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"));
const axe = readFileSync(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const desk = { viewport: { width: 1200, height: 900 } };
const model = await (await fetch(given.a + "/v1/model")).json();

const browser = await launch(given.chromium);

/** A seven by mouse, asked for and cancelled, then asked for again. */
async function drawnOnADesk() {
    const policy = (await fetch(given.a)).headers.get("content-security-policy") ?? "";
    assert.ok(policy.includes("script-src 'self';") && policy.includes(`connect-src 'self' ${given.b};`), policy);
    const { context, page, wire, complaints } = await visit(browser, desk, given.a);
    await ready(page);
    assert.ok(await page.locator("#ask").isDisabled());
    await accessible(page);
    await drawByMouse(page, [[[0.3, 0.25], [0.7, 0.25], [0.45, 0.8]]]);
    /** @type {() => void} */
    let release = () => undefined;
    const cancelled = new Promise(resolve => release = () => resolve(undefined));
    await page.route("**/v1/queries/*?wait=*", async route => {
        await cancelled;
        await route.abort().catch(() => undefined);
    });
    await page.click("#ask");
    await page.click("#cancel");
    await page.waitForFunction(() => document.getElementById("idle")?.textContent?.startsWith("Cancelled"));
    release();
    await page.unrouteAll({ behavior: "wait" });
    const { id } = wire.uploads[0];
    for (const server of [given.a, given.b]) await until(async () => (await (await fetch(`${server}/v1/queries/${id}`)).json()).state === "deleted");
    await page.click("#ask");
    await answered(page, wire, "mouse");
    assert.deepEqual(wire.origins, new Set([given.a, given.b]));
    assert.deepEqual(complaints, []);
    await context.close();
}

/** One of the demonstration's digits from a file, on the page that the other server serves. */
async function chosenOnAPhoneInTheDark() {
    const { context, page, wire, complaints } = await visit(browser, { ...phone, colorScheme: "dark" }, given.b);
    await ready(page);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(18, 20, 26)");
    const file = { name: "digit.png", mimeType: "image/png", buffer: Buffer.from(given.digit, "base64") };
    await page.setInputFiles("#file", { name: "not.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.waitForSelector("#alert:visible");
    assert.match(await text(page, "#alert-title"), /cannot be read/);
    await accessible(page);
    await page.setInputFiles("#file", file);
    await page.waitForFunction(() => document.getElementById("preview-text")?.textContent?.includes("as it is"));
    assert.ok(await page.locator("#alert").isHidden());
    await page.tap("#ask");
    await answered(page, wire, "phone");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    for (const button of await page.locator("button:visible, .button:visible").all()) assert.ok(((await button.boundingBox())?.height ?? 0) >= 44);
    await page.tap("#clear");
    assert.ok(await page.locator("#pad").isVisible());
    assert.deepEqual(complaints, []);
    await context.close();
}

/** A one with the arrows and the space bar; no pointer, no motion. */
async function byKeyboardAlone() {
    const { context, page, wire, complaints } = await visit(browser, { ...desk, reducedMotion: "reduce" }, given.a);
    await ready(page);
    await press(page, "Tab");
    assert.equal(await focused(page), "pad");
    await press(page, "Space", ..."x".repeat(12).replaceAll("x", "ArrowDown ").trim().split(" "), "Escape", "ArrowRight", "Space", "ArrowRight", "Backspace");
    await snapshot(page, "keyboard-drawing");
    await press(page, "Enter");
    await answered(page, wire, "keyboard");
    const order = [];
    for (let i = 0; i < 4; i++) {
        await press(page, "Tab");
        order.push(await focused(page));
    }
    assert.deepEqual(order, ["file", "undo", "clear", "ask"]);
    await press(page, "Shift+Tab");
    await press(page, "Enter");
    assert.ok(await page.locator("#ask").isDisabled());
    // Chromium has to be told early that the test answers its dialogs.
    const chosen = page.waitForEvent("filechooser");
    await press(page, "Shift+Tab", "Shift+Tab");
    assert.equal(await focused(page), "file");
    await press(page, "Enter");
    await (await chosen).setFiles({ name: "digit.png", mimeType: "image/png", buffer: Buffer.from(given.digit, "base64") });
    await page.waitForFunction(() => !(/** @type {any} */ (document.getElementById("ask")).disabled));
    assert.deepEqual(complaints, []);
    await context.close();
}

/** What the servers may refuse or fail with, played by the test: each in words, with its name, and no answer. */
async function faultsInWords() {
    const { context, page } = await visit(browser, desk, given.a);
    await ready(page);
    await drawByMouse(page, [[[0.5, 0.2], [0.5, 0.8]]]);
    /** @type {[string, { status: number, json?: object, body?: Buffer }][]} */
    const plays = [
        ["TooManyWaiting", { status: 429, json: { fault: "TooManyWaiting", message: "64 wait" } }],
        ["OtherShareMissing", { status: 200, json: { state: "failed", fault: "OtherShareMissing", message: "not in time" } }],
        ["Expired", { status: 200, json: { state: "expired", fault: null, message: "" } }],
        ["MalformedMessage", { status: 200, body: Buffer.from("<html>") }],
        ["WrongLength", { status: 200, body: Buffer.alloc(5) }],
        ["SealBroken", { status: 200, body: Buffer.alloc(93 + model.resultBytes, 4) }],
        ["Status500", { status: 500, body: Buffer.alloc(0) }],
    ];
    const done = { status: 200, json: { state: "done", rounds: 1, seconds: 0 } };
    for (const [fault, play] of plays) {
        const isResult = fault === "WrongLength" || fault === "SealBroken", isUpload = fault === "TooManyWaiting" || fault === "Status500";
        const headers = { "access-control-allow-origin": "*" };
        await page.route("**/v1/queries/**", route => {
            const method = route.request().method(), part = method === "POST" ? isUpload : route.request().url().endsWith("/result") ? isResult : !isResult;
            return route.fulfill({ headers, ...(method === "DELETE" ? { status: 204 } : part ? play : method === "POST" ? { status: 202 } : done) });
        });
        await page.click("#ask");
        await page.waitForFunction(name => document.getElementById("alert-name")?.textContent?.startsWith(name), fault);
        assert.ok(await page.locator("#verdict").isHidden() && await page.locator("#alert").isVisible());
        assert.equal(await text(page, "#alert-title") === "This did not work", fault === "Status500");
        await page.waitForFunction(() => document.getElementById("ask")?.textContent === "Ask both servers");
        await page.unrouteAll({ behavior: "wait" });
    }
    await context.close();
}

/** A server that has not met the other one when the page is loaded; one that names an address which the page's policy does not know. */
async function lateMeeting() {
    const context = await browser.newContext(), page = await context.newPage(), peers = [null, "http://127.0.0.1:9", given.b];
    await page.route(given.a + "/v1/model", async route => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...await response.json(), peer: peers.length > 1 ? peers.shift() : peers[0] } });
    });
    let loads = 0;
    page.on("load", () => loads++);
    await page.goto(given.a);
    await page.waitForSelector("#alert:visible");
    assert.equal(await text(page, "#alert-title"), "Server B does not answer");
    await page.click("#alert-retry");
    await ready(page);
    assert.equal(loads, 2);
    await context.close();
}

/** The frozen vectors, and the time that a large picture takes: encoding, shares, messages, key. */
async function modulesInChromium() {
    const { context, page } = await visit(browser, desk, given.a);
    await page.evaluate(async vectors => {
        const shares = await import(/** @type {any} */ ("/page/shares.js"));
        for (const { input, pixels, seed, encoded, first, difference } of vectors.inputs) {
            const made = shares.encode(input, shares.fromHex(pixels)), both = await shares.split(made, shares.fromHex(seed));
            if (`${made}` !== `${encoded}` || `${both.first}` !== `${first}` || shares.toHex(new Uint8Array(both.second.buffer)) !== difference)
                throw new Error("Chromium computes other shares");
        }
    }, vectors);
    const timing = await page.evaluate(async () => {
        const shares = await import(/** @type {any} */ ("/page/shares.js"));
        const card = { channelOrder: "rgb", scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], layout: "nchw" };
        const input = { shape: [3, 224, 224], elements: 150528, bits: 16, scale: 10, card }, pixels = new Uint8Array(150528).map((_, i) => i * 31);
        /** @type {number[]} */
        const ms = [];
        let bytes = 0;
        for (let i = 0; i < 9; i++) {
            const start = performance.now(), { uploads } = await shares.createQuery({ plan: "00".repeat(32), input }, pixels);
            ms.push(performance.now() - start);
            bytes = uploads.a.length + uploads.b.length;
        }
        return { first: ms[0], median: ms.sort((x, y) => x - y)[4], bytes };
    });
    assert.ok(timing.bytes <= 0.65 * 2 ** 20 && timing.median <= 100, JSON.stringify(timing));
    tell({ timing });
    await context.close();
}

/** The caller stops the second server when told so. */
async function oneServerStopped() {
    const { context, page } = await visit(browser, phone, given.a);
    await ready(page);
    await drawByMouse(page, [[[0.5, 0.2], [0.5, 0.8]]]);
    tell({ stop: "b" });
    await lines.next();
    await page.tap("#ask");
    await page.waitForSelector("#alert:visible");
    assert.match(await text(page, "#alert-title"), /Server B does not answer|other server vanished/);
    assert.match(await text(page, "#alert-name"), /Unreachable|PeerLost/);
    assert.ok(await page.locator("#verdict").isHidden());
    await page.waitForFunction(() => document.getElementById("ask")?.textContent === "Ask both servers");
    await snapshot(page, "stopped");
    await context.setOffline(true);
    await page.tap("#alert-retry");
    await page.waitForFunction(() => document.getElementById("alert-title")?.textContent === "You are offline");
    await context.close();
}

/** @param {Page} page */
async function ready(page) {
    await page.waitForSelector(".chip.ready.a");
    await page.waitForSelector(".chip.ready.b");
}

/**
 * Waits for an answer, checks it against itself and the wire, and tells it.
 * @param {Page} page @param {import("./browser.mjs").Wire} wire @param {string} name
 */
async function answered(page, wire, name) {
    await page.waitForSelector("#verdict:visible, #alert:visible");
    assert.ok(await page.locator("#alert").isHidden(), await text(page, "#alert-name"));
    await page.locator("#bars .percent").first().waitFor();
    const query = await wire.lastQuery(model.plan, model.input.elements);
    const cells = await page.locator("#bytes tr").evaluateAll(rows => rows.map(row => Array.from(row.querySelectorAll("td"), cell => cell.innerText)));
    const shown = cells.map(row => row.map(cell => Number(cell.replaceAll(/\s/g, ""))));
    assert.deepEqual(shown[2], [query.sent.a, query.sent.b, query.sent.a + query.sent.b]);
    assert.deepEqual(shown[3], [query.received.a, query.received.b, query.received.a + query.received.b]);
    assert.equal((await text(page, "#seed")).replaceAll(" ", ""), query.seed);
    const pictures = await page.evaluate(() => ["noise-a", "noise-b", "mine"].map(id => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(id));
        const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        return Array.from(data).filter((_, i) => i % 4 === 0);
    }));
    assert.deepEqual(pictures[1], Array.from(query.second, share => share >>> 24));
    for (const noise of pictures.slice(0, 2)) assert.ok(new Set(noise).size > 200, "noise has nearly every brightness");
    const labels = await page.locator("#bars .label").allInnerTexts(), percents = await page.locator("#bars .percent").allInnerTexts();
    await page.waitForTimeout(600);
    await accessible(page);
    await snapshot(page, name);
    tell({ name, class: await text(page, "#class"), labels, percents, pixels: pictures[2], input: query.input, sure: await text(page, "#sure") });
}

/** Labels, roles, contrast and the like, as axe judges them. @param {Page} page */
async function accessible(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(async () => (await /** @type {any} */ (globalThis).axe.run()).violations);
    assert.deepEqual(found.map((/** @type {any} */ violation) => [violation.id, violation.nodes.map((/** @type {any} */ node) => node.html)]), []);
}

/** @param {Page} page @param {string[]} keys */
async function press(page, ...keys) {
    for (const key of keys) await page.keyboard.press(key);
}

/** @param {Page} page */
const focused = page => page.evaluate(() => document.activeElement?.id);

/** @param {Page} page @param {string} selector */
const text = async (page, selector) => await page.textContent(selector) ?? "";

/** @param {Page} page @param {string} name */
async function snapshot(page, name) {
    if (given.screenshots) await page.screenshot({ path: `${given.screenshots}/${name}.png`, fullPage: true });
}

/** @param {() => Promise<boolean>} condition */
async function until(condition) {
    for (let i = 0; i < 200; i++) {
        if (await condition()) return;
        await new Promise(resolve => setTimeout(resolve, 100));
    }
    assert.fail("did not come true in twenty seconds");
}

/** @param {object} line */
function tell(line) {
    process.stdout.write(JSON.stringify(line) + "\n");
}

try {
    await drawnOnADesk();
    await chosenOnAPhoneInTheDark();
    await byKeyboardAlone();
    await faultsInWords();
    await lateMeeting();
    await modulesInChromium();
    await oneServerStopped();
} finally {
    await browser.close();
    process.stdin.destroy();
}

// @ts-check
/** The page: a picture in, a query to both servers, an answer out. */

import { DrawingPad } from "./drawing.js";
import { explain, PageError } from "./faults.js";
import { centreDigit, digitOf, imageOf } from "./picture.js";
import { ask } from "./query.js";
import { meet, Server, ServerError } from "./servers.js";
import { HEADER_BYTES, imageLayout, probabilities } from "./shares.js";
import { at, blank, canvasAt, count, duration, glance, paintPixels, paintShare, percent, showBars, showBytes } from "./views.js";

/** @typedef {import("./query.js").Deployment} Deployment */
/** @typedef {import("./query.js").Answer} Answer */
/** @typedef {import("./shares.js").Layout} Layout */

/** Longest side at which a chosen file is looked at, in pixels. */
const SIDE_MAX = 2048;

/** How often, a second apart, a server is asked that has not reached the other one yet. */
const PEER_TRIES = 20;

/**
 * @type {{ deployment: Deployment | null, layout: Layout | null, pixels: Uint8Array | null, running: AbortController | null, retry: () => void,
 *   isStale: boolean }} isStale: whether the page was loaded under a policy that does not know the servers' present addresses
 */
const page = { deployment: null, layout: null, pixels: null, running: null, retry: () => connect(), isStale: false };

const pad = new DrawingPad(canvasAt("pad"), {
    onChange: takeDrawing, onEnter: () => at("ask").click(), say: text => at("pad-status").textContent = text,
});

/** Asks both servers which model they hold, and readies the page for its input. @param {number} [tries] */
async function connect(tries = 1) {
    hideAlert();
    if (!globalThis.crypto?.subtle) return showAlert(new PageError("InsecurePage"));
    const named = document.querySelector("meta[name=blindsight-servers]")?.getAttribute("content")?.trim();
    const addresses = named ? named.split(/\s+/) : [location.href.replace(/[?#].*$/, "").replace(/[^/]*$/, "")];
    for (const party of ["a", "b"]) setChip(party, "", "asking");
    try {
        const deployment = await meet(addresses.slice(0, 2).map(address => new Server(address)), (_, model) => setChip(model.party, "ready", "ready"));
        // The policy under which the page was loaded names the servers that were known then.
        if (tries > 1 && !named) return location.reload();
        page.deployment = deployment;
        page.layout = imageLayout(deployment.model.input);
        if (page.layout === null) throw new PageError("UnsupportedInput");
        showModel(deployment, page.layout);
    } catch (error) {
        page.deployment = null;
        if (/** @type {any} */ (error).fault === "NoPeer" && tries < PEER_TRIES) {
            setTimeout(() => connect(tries + 1), 1000);
            return;
        }
        for (const party of ["a", "b"]) if (!at(`server-${party}`).classList.contains("ready")) setChip(party, "down", "no answer");
        page.retry = () => page.isStale ? location.reload() : connect();
        at("image-hint").textContent = "The servers have not said yet which pictures their model takes.";
        showAlert(error);
    }
    refresh();
}

/** @param {Deployment} deployment @param {Layout} layout */
function showModel({ model, servers }, layout) {
    const { channels, height, width } = layout, own = [servers.a, servers.b].find(server => server.address.startsWith(location.origin));
    at("model").textContent = `Model ${model.model}: ${channels} × ${height} × ${width} numbers in, ${count(model.output.elements)} out. `
        + `Plan ${model.plan.slice(0, 16)}. An answer waits ${duration(1000 * model.retentionSeconds)} at most, then both servers erase it.`;
    at("origin").textContent = own ? `server ${own.party?.toUpperCase()}, ${location.origin}` : `${location.origin}, which is neither of the two servers`;
    for (const id of ["image", "preview", "noise-a", "noise-b", "mine"]) canvasAt(id).style.aspectRatio = `${width} / ${height}`;
    showInput();
}

/** The pad where the model takes digits and no picture was chosen, else the place for a picture. */
function showInput(chosen = false) {
    const draws = isDigit() && !chosen;
    at("pad-frame").hidden = at("undo").hidden = at("pad-help").hidden = !draws;
    at("image-frame").hidden = draws;
    at("image-hint").hidden = chosen;
    at("image-hint").textContent = "Drop a picture here, paste one, or choose a file.";
    pad.paint();
}

const isDigit = () => page.layout?.channels === 1 && page.layout.height === 28 && page.layout.width === 28;

function takeDrawing() {
    const { ink, width, height } = pad.ink();
    takePixels(centreDigit(ink, width, height), "Your strokes, scaled and centred the way the model's training digits were.");
}

/** @param {Blob} file */
async function takeFile(file) {
    if (page.layout === null || page.running) return;
    hideAlert();
    try {
        const picture = await readPicture(file);
        if (isDigit()) {
            const digit = digitOf(picture);
            if (digit === null) throw new PageError("BlankPicture");
            takePixels(digit.pixels, digit.asItIs ? "The picture, pixel by pixel as it is." : "The picture's ink, scaled and centred like a drawn digit.");
        } else takePixels(imageOf(picture, page.layout), `The middle of the picture at ${page.layout.width} × ${page.layout.height} pixels.`);
        pad.isLocked = true;
        showInput(true);
        canvasAt("image").setAttribute("aria-label", "The chosen picture");
    } catch (error) {
        clear();
        page.retry = () => at("file").click();
        showAlert(error);
    }
}

/** Decodes a file and paints it, on white where it is transparent. @param {Blob} file */
async function readPicture(file) {
    const bitmap = await createImageBitmap(file).catch(() => null), canvas = canvasAt("image"), context = canvas.getContext("2d", { willReadFrequently: true });
    if (bitmap === null || context === null) throw new PageError("UnreadablePicture");
    const scale = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
    [canvas.width, canvas.height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))];
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** @param {Uint8Array | null} pixels @param {string} text */
function takePixels(pixels, text) {
    page.pixels = pixels;
    const preview = canvasAt("preview");
    preview.setAttribute("aria-label", pixels ? "The pixels that the model takes" : "Nothing yet");
    at("preview-text").textContent = pixels ? text : "Its pixels appear here.";
    if (pixels && page.layout) paintPixels(preview, page.layout, pixels);
    else blank(preview);
    if (!page.running) showIdle(pixels ? "Ready. Nothing has left this page yet." : "Nothing has left this page yet.");
    refresh();
}

function clear() {
    pad.isLocked = false;
    /** @type {HTMLInputElement} */ (at("file")).value = "";
    blank(canvasAt("image"));
    showInput();
    pad.clear();
}

/** One query, from the picture to the answer or to the words for what went wrong. */
async function run() {
    const { deployment, layout, pixels } = page;
    if (!deployment || !layout || !pixels || page.running) return;
    page.running = new AbortController();
    hideAlert();
    showIdle("");
    pad.isLocked = true;
    refresh();
    if (at("answer").getBoundingClientRect().bottom > innerHeight) scrollTo("answer");
    for (const party of ["a", "b"]) setChip(party, "ready", "ready");
    const watch = { note: setStep, shares: (/** @type {Answer["shares"]} */ shares) => showSeen(layout, pixels, shares) };
    try {
        showAnswer(deployment, await ask(deployment, pixels, watch, page.running.signal));
    } catch (error) {
        if (page.running.signal.aborted) showIdle("Cancelled. Both servers were asked to erase their shares.");
        else {
            document.querySelector("#path .active")?.classList.add("failed");
            at("answer").dataset.stage = "";
            page.retry = run;
            if (error instanceof ServerError && error.isTransient && error.server.party) setChip(error.server.party, "down", "no answer");
            showAlert(error);
        }
        say(at("idle").textContent ?? "");
    } finally {
        page.running = null;
        pad.isLocked = !at("image-frame").hidden;
        refresh();
    }
}

/** @param {Layout} layout @param {Uint8Array} pixels @param {Answer["shares"]} shares */
function showSeen(layout, pixels, { seed, first, second }) {
    at("seen").hidden = false;
    paintShare(canvasAt("noise-a"), layout, first);
    paintShare(canvasAt("noise-b"), layout, second);
    paintPixels(canvasAt("mine"), layout, pixels);
    at("seed").textContent = glance(seed, 32);
    at("difference").textContent = glance(new Uint8Array(second.buffer), 32);
}

/** @param {Deployment} deployment @param {Answer} answer */
function showAnswer({ model }, { values, sent, received, times, rounds }) {
    const name = (/** @type {number} */ i) => String(model.labels?.[i] ?? i);
    const chances = values.length > 1 ? probabilities(model.output, values) : null;
    const best = chances ? chances.indexOf(Math.max(...chances)) : values[0];
    at("class").textContent = name(best);
    at("class").classList.toggle("long", name(best).length > 2);
    at("sure").textContent = chances ? `${percent(chances[best])} sure, says the model` : "The model's owner releases the class alone.";
    at("verdict").hidden = false;
    at("bars").hidden = chances === null;
    if (chances) showBars(at("bars"), chances, name);
    say(`The answer is ${name(best)}${chances ? `, ${percent(chances[best])} sure` : ""}.`);
    showBytes(at("bytes"), [
        ["key, plan, version", HEADER_BYTES, HEADER_BYTES], ["share sent", sent.a - HEADER_BYTES, sent.b - HEADER_BYTES],
        ["all sent", sent.a, sent.b], ["sealed answer received", received.a, received.b],
    ]);
    at("times").textContent = `Bytes of messages, HTTP headers apart. Splitting took ${duration(times.split)}, sending ${duration(times.sent)}, `
        + `everything ${duration(times.all)}${rounds ? `; the servers spoke in ${count(rounds)} rounds` : ""}. Both were asked to erase what they held.`;
    at("wire").hidden = false;
    scrollTo(chances ? "bars" : "verdict");
}

/** @param {string} name @param {"active" | "done"} state @param {string} [text] */
function setStep(name, state, text = "") {
    const step = document.querySelector(`#path [data-step=${name}]`), note = step?.querySelector(".note");
    if (!step || !note) return;
    step.className = state;
    note.textContent = text;
    at("answer").dataset.stage = state === "active" ? name : "";
    if (state === "active") say(step.querySelector(".what")?.textContent ?? "");
}

/** The answer's place as before a query, with a sentence. @param {string} text */
function showIdle(text) {
    for (const id of ["verdict", "bars", "wire", "seen"]) at(id).hidden = true;
    for (const step of document.querySelectorAll("#path li")) {
        step.className = "";
        const note = step.querySelector(".note");
        if (note) note.textContent = "";
    }
    at("answer").dataset.stage = "";
    at("idle").textContent = text;
}

/** Buttons as the page's state has them. */
function refresh() {
    const { deployment, pixels, running } = page, button = /** @type {HTMLButtonElement} */ (at("ask"));
    button.disabled = !deployment || !pixels || running !== null;
    button.textContent = running ? "Asking …" : at("verdict").hidden ? "Ask both servers" : "Ask again";
    at("cancel").hidden = running === null;
    at("answer").setAttribute("aria-busy", String(running !== null));
    at("pad-hint").hidden = !pad.isBlank;
    for (const id of ["undo", "clear", "file"]) /** @type {HTMLButtonElement} */ (at(id)).disabled = running !== null || page.layout === null;
}

/** @param {any} error */
function showAlert(error) {
    const { title, text, name } = explain(error);
    at("alert-title").textContent = title;
    at("alert-text").textContent = text;
    at("alert-name").textContent = name;
    at("alert").hidden = false;
    scrollTo("alert");
}

function hideAlert() {
    at("alert").hidden = true;
}

/** @param {string} party @param {string} className @param {string} text */
function setChip(party, className, text) {
    const chip = at(`server-${party}`), state = chip.querySelector(".state");
    chip.className = `chip ${party} ${className}`;
    if (state) state.textContent = text;
}

/** @param {string} text */
const say = text => at("status").textContent = text;

/** @param {string} id */
function scrollTo(id) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    at(id).scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
}

function listen() {
    at("ask").addEventListener("click", run);
    at("cancel").addEventListener("click", () => page.running?.abort());
    at("clear").addEventListener("click", clear);
    at("undo").addEventListener("click", () => pad.undo());
    at("alert-retry").addEventListener("click", () => page.retry());
    at("file").addEventListener("change", () => {
        const file = /** @type {HTMLInputElement} */ (at("file")).files?.[0];
        if (file) takeFile(file);
    });
    for (const name of ["dragover", "dragenter"]) addEventListener(name, event => {
        event.preventDefault();
        at("drop").classList.add("over");
    });
    for (const name of ["dragleave", "drop"]) addEventListener(name, () => at("drop").classList.remove("over"));
    addEventListener("drop", event => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) takeFile(file);
    });
    addEventListener("paste", event => {
        const file = event.clipboardData?.files[0];
        if (file) takeFile(file);
    });
    addEventListener("online", () => page.deployment || connect());
    addEventListener("securitypolicyviolation", () => page.isStale = true);
    addEventListener("pagehide", () => page.running?.abort());
}

listen();
refresh();
connect();

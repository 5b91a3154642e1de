// @ts-check
/** A pad to draw on, by pointer or by keyboard. */

/** @typedef {{ x: number, y: number }[]} Stroke */

/** Side of the pad in its own units, a step of the keyboard's pen, width of the pen. */
const SIDE = 280, STEP = 10, PEN = 24;

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class DrawingPad {
    /** @type {Stroke[]} */
    #strokes = [];
    /** @type {number | null} */
    #pointer = null;
    #pen = { x: SIDE / 2, y: SIDE / 4, shown: false, down: false };

    /**
     * @param {HTMLCanvasElement} canvas
     * @param {{ onChange: () => void, onEnter: () => void, say: (text: string) => void }} events
     */
    constructor(canvas, events) {
        this.canvas = canvas;
        this.events = events;
        this.isLocked = false;
        canvas.addEventListener("pointerdown", event => this.#touch(event));
        canvas.addEventListener("pointermove", event => this.#move(event));
        for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => this.#pointer = null);
        canvas.addEventListener("keydown", event => this.#press(event));
        canvas.addEventListener("blur", () => this.#lift(false));
        new ResizeObserver(() => this.paint()).observe(canvas);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    }

    get isBlank() {
        return this.#strokes.length === 0;
    }

    clear() {
        this.#strokes = [];
        this.#changed();
    }

    undo() {
        this.#strokes.pop();
        this.#pen.down = false;
        this.#changed();
    }

    /** What is drawn, 0 to 255 a pixel, bright where there is ink. */
    ink() {
        const canvas = new OffscreenCanvas(SIDE, SIDE), context = canvas.getContext("2d", { willReadFrequently: true });
        if (!context) throw new Error("no canvas");
        draw(context, this.#strokes, "#fff");
        const { data } = context.getImageData(0, 0, SIDE, SIDE);
        return { ink: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3]), width: SIDE, height: SIDE };
    }

    /** Paints strokes and the keyboard's pen at the size that the pad has on the screen. */
    paint() {
        const side = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio)), context = this.canvas.getContext("2d");
        if (!context) return;
        if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
        const style = getComputedStyle(this.canvas);
        context.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
        context.clearRect(0, 0, SIDE, SIDE);
        draw(context, this.#strokes, style.color);
        if (this.#pen.shown) this.#paintPen(context, style.getPropertyValue("--accent"));
    }

    /** @param {CanvasRenderingContext2D} context @param {string} color */
    #paintPen(context, color) {
        const { x, y, down } = this.#pen;
        context.beginPath();
        context.arc(x, y, PEN / 2 + 3, 0, 2 * Math.PI);
        context.strokeStyle = context.fillStyle = color;
        context.lineWidth = 3;
        context.stroke();
        context.beginPath();
        context.arc(x, y, down ? PEN / 2 : 2.5, 0, 2 * Math.PI);
        context.fill();
    }

    /** @param {PointerEvent} event */
    #touch(event) {
        if (this.isLocked || this.#pointer !== null || event.button !== 0) return;
        this.canvas.setPointerCapture(event.pointerId);
        this.#pointer = event.pointerId;
        this.#pen.shown = this.#pen.down = false;
        this.#strokes.push([this.#place(event)]);
        this.#changed();
    }

    /** @param {PointerEvent} event */
    #move(event) {
        if (event.pointerId !== this.#pointer) return;
        const points = event.getCoalescedEvents?.() ?? [];
        this.#strokes[this.#strokes.length - 1].push(...(points.length > 0 ? points : [event]).map(point => this.#place(point)));
        this.#changed();
    }

    /** @param {PointerEvent} event */
    #place(event) {
        const { left, top, width } = this.canvas.getBoundingClientRect();
        return { x: (event.clientX - left) * SIDE / width, y: (event.clientY - top) * SIDE / width };
    }

    /** @param {KeyboardEvent} event */
    #press(event) {
        if (this.isLocked || event.ctrlKey || event.altKey || event.metaKey) return;
        const move = MOVES[/** @type {keyof typeof MOVES} */ (event.key)];
        if (move) this.#step(move[0], move[1], event.shiftKey ? 3 : 1);
        else if (event.key === " ") this.#pen.down && this.#pen.shown ? this.#lift(true) : this.#set();
        else if (event.key === "Escape") this.#lift(true);
        else if (event.key === "Backspace" || event.key === "Delete") this.undo();
        else if (event.key === "Enter") this.events.onEnter();
        else return;
        event.preventDefault();
    }

    /** @param {number} x @param {number} y @param {number} steps */
    #step(x, y, steps) {
        const pen = this.#pen, within = (/** @type {number} */ value) => Math.max(PEN / 2, Math.min(SIDE - PEN / 2, value));
        pen.shown = true;
        pen.x = within(pen.x + x * steps * STEP);
        pen.y = within(pen.y + y * steps * STEP);
        if (!pen.down) return this.paint();
        this.#strokes[this.#strokes.length - 1].push({ x: pen.x, y: pen.y });
        this.#changed();
    }

    #set() {
        this.#pen.shown = this.#pen.down = true;
        this.#strokes.push([{ x: this.#pen.x, y: this.#pen.y }]);
        this.events.say("Pen down");
        this.#changed();
    }

    /** @param {boolean} shown */
    #lift(shown) {
        if (this.#pen.down) this.events.say("Pen up");
        this.#pen.down = false;
        this.#pen.shown &&= shown;
        this.paint();
    }

    #changed() {
        if (this.isBlank) this.#pen.down = false;
        this.paint();
        this.events.onChange();
    }
}

/** @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context @param {Stroke[]} strokes @param {string} color */
function draw(context, strokes, color) {
    context.strokeStyle = color;
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
        context.beginPath();
        context.moveTo(stroke[0].x, stroke[0].y);
        for (const { x, y } of stroke) context.lineTo(x, y);
        context.stroke();
    }
}

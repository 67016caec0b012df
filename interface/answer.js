// Shows the answer to the picture that is visible: the drawing or the photo. Each has its own
// answer. Gradio calls this with `element`, `props` and `watch`; the page's events use
// `window.siffra`.
const root = element.closest("#answer");
const part = (selector) => element.querySelector(selector);
const bars = [...element.querySelectorAll("[data-digit]")];
const EMPTY = {state: "empty", message: "invitation"};
const BUSY_AFTER = 200; // ms until an answer that is out of date looks so
const GIVE_UP_AFTER = 10_000; // ms; Gradio reports no failure when the server is gone
const SPOKEN_AFTER = 700; // ms without another answer until a screen reader hears this one

const pictures = {
    draw: {answer: EMPTY, ticket: 0, asked: null},
    photo: {answer: EMPTY, ticket: 0, asked: null},
};
const visible = () => (document.querySelector("#pad canvas")?.offsetParent ? "draw" : "photo");

const word = (key) => {
    const span = document.createElement("span");
    span.dataset.text = key; // page.js puts the text in the page's language
    span.textContent = "…";
    return span;
};

const showBars = ({guess, probabilities = {}}) => {
    const format = new Intl.NumberFormat(document.documentElement.lang || "en", {
        style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1,
    });
    for (const bar of bars) {
        const share = probabilities[bar.dataset.digit];
        bar.querySelector("i").style.width = `${100 * (share ?? 0)}%`;
        bar.querySelector("small").textContent = share === undefined ? "" : format.format(share);
        bar.classList.toggle("likeliest", bar.dataset.digit === guess);
    }
};

let shown = null;
let speech = 0;
const show = () => {
    const {answer, asked} = pictures[visible()];
    const isLate = asked !== null && performance.now() - asked >= BUSY_AFTER;
    root.dataset.state = isLate ? "busy" : answer.state;
    root.ariaBusy = isLate;
    if (answer === shown) return;
    shown = answer;
    root.dataset.label = answer.state === "answer" ? answer.guess : "";
    root.dataset.source = "server";
    const digit = answer.state === "answer" ? answer.guess : answer.state === "unsure" ? "?" : "";
    part(".digit").textContent = digit;
    const said = [];
    if (answer.message) said.push(word(answer.message));
    if (answer.state === "unsure") said.push(word("unsure"), ` ${answer.guess}.`);
    part("#message").replaceChildren(...said);
    showBars(answer);
    part("#seen").innerHTML = answer.seen ?? "";
    const steps = document.getElementById("steps");
    if (steps) steps.innerHTML = answer.steps ?? "";
    clearTimeout(speech);
    speech = setTimeout(() => {
        const spoken = answer.state === "answer" ? [word("answer"), `: ${answer.guess}`] : said;
        part(".spoken").replaceChildren(...spoken.map((node) => node.cloneNode?.(true) ?? node));
    }, SPOKEN_AFTER);
};

const settle = (name, answer) => {
    Object.assign(pictures[name], {answer, asked: null});
    show();
};
const ask = (name, isEmpty) => {
    const picture = pictures[name];
    picture.ticket += 1;
    if (isEmpty) return settle(name, EMPTY);
    const {ticket} = picture;
    picture.asked ??= performance.now();
    setTimeout(show, BUSY_AFTER);
    setTimeout(() => ticket === picture.ticket && fail(name), GIVE_UP_AFTER);
};
const fail = (name) => {
    if (pictures[name].asked !== null) settle(name, {state: "error", message: "no_answer"});
};

window.siffra = {
    visible,
    /** Number a reading; an answer to an earlier number is dropped. */
    askPhoto: (photo) => { ask("photo", !photo); return pictures.photo.ticket; },
    drawingTicket: () => pictures.draw.ticket,
    fail,
};
watch("value", () => {
    const {picture, ticket, ...answer} = props.value ?? {};
    if (ticket === pictures[picture]?.ticket) settle(picture, answer);
});
document.addEventListener("change", (event) => {
    if (event.detail?.canvas?.closest("#pad")) ask("draw", event.detail.isEmpty);
}, true); // before the pad hands the drawing to Gradio
const whenPadExists = () => {
    const pad = document.getElementById("pad");
    if (!pad) return requestAnimationFrame(whenPadExists);
    new ResizeObserver(show).observe(pad); // a tab was switched
};
whenPadExists();
show();

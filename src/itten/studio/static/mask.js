// Masks, painted on the large picture: what is kept, what alone is changed, what alone is copied from. Or scribbles, the
// layer "marks", whose selection (scribble.js) is that.
import { $, call, hear, settled, state, tell } from "./page.js";

export const COLOURS = { keep: "#e02020", write_mask: "#109030", read_mask: "#2050e0" };
export const INKS = { want: "#ffd21f", not: "#8e24c8" };
export const NAMES = { keep: "keep.png", write_mask: "write.png", read_mask: "read.png", write_marks: "write-marks.png", read_marks: "read-marks.png" };
const LONGEST = 1280, MOST_UNDONE = 10;
const canvas = $("mask");
const brush = (one) => one.getContext("2d", { willReadFrequently: true });
let layers = {}, undone = [], drawing = false, pointer = { x: 160, y: 120 };

const picked = (name) => document.querySelector(`input[name=${name}]:checked`).value;
export const scribbling = () => picked("tool") === "marks";
const role = () => (scribbling() ? "marks" : $("mask-role").value);
const ink = () => (scribbling() ? INKS[picked("ink")] : COLOURS[role()]);
const finished = () => (scribbling() ? tell("scribbled") : settled());
const unit = () => Math.max(canvas.width, canvas.height) / 512;

// What the scribbles select, drawn below them; null for nothing.
let selection = null, covered = false;
export function select(shown) { selection = shown; draw(); }
hear("made", () => { covered = true; draw(); }); // the result is seen, until somebody scribbles again
for (const one of ["scribbling", "scribbled"]) hear(one, () => { covered = false; draw(); });

export function layer(which) {
  if (!layers[which]) {
    const made = document.createElement("canvas");
    made.width = canvas.width;
    made.height = canvas.height;
    layers[which] = { canvas: made, version: 0, sent: null, used: false };
  }
  return layers[which];
}

export function touched(one) { one.version++; one.used = true; one.sent = null; draw(); }

function draw() {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.globalAlpha = 0.55;
  const marks = covered ? null : layers.marks;
  if (selection && marks?.used) pen.drawImage(selection, 0, 0, canvas.width, canvas.height);
  for (const [which, one] of Object.entries(layers)) if (one.used && which !== "marks") pen.drawImage(one.canvas, 0, 0);
  pen.globalAlpha = 1;
  if (marks?.used) pen.drawImage(marks.canvas, 0, 0);
  pen.lineWidth = unit();
  for (const [colour, wider] of [["#000", 0], ["#fff", unit()]]) {
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.arc(pointer.x, pointer.y, Math.max((Number($("brush").value) * unit()) / 2 + wider, 1), 0, 7);
    pen.stroke();
  }
}

export function remember(which = role()) {
  const one = layer(which);
  undone.push([which, brush(one.canvas).getImageData(0, 0, canvas.width, canvas.height), one.used]);
  if (undone.length > MOST_UNDONE) undone.shift();
  $("mask-undo").disabled = false;
}

function dab(to) {
  const one = layer(role()), pen = brush(one.canvas);
  pen.globalCompositeOperation = $("erase").checked ? "destination-out" : "source-over";
  pen.strokeStyle = ink();
  pen.lineWidth = Number($("brush").value) * unit();
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(pointer.x, pointer.y);
  pen.lineTo(to.x + 0.01, to.y);
  pen.stroke();
  pointer = to;
  touched(one);
}

function at(event) {
  const box = canvas.getBoundingClientRect();
  return { x: ((event.clientX - box.left) * canvas.width) / box.width, y: ((event.clientY - box.top) * canvas.height) / box.height };
}
canvas.addEventListener("pointerdown", (event) => { drawing = true; canvas.setPointerCapture(event.pointerId); pointer = at(event); remember(); if (scribbling()) tell("scribbling"); dab(pointer); });
canvas.addEventListener("pointermove", (event) => { if (drawing) dab(at(event)); else { pointer = at(event); draw(); } });
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { if (drawing) { drawing = false; finished(); } });
canvas.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (step) {
    const by = (event.shiftKey ? 2 : 10) * unit();
    pointer = { x: pointer.x + step[0] * by, y: pointer.y + step[1] * by };
    draw();
    event.preventDefault();
  }
  if (event.key === " ") { remember(); if (scribbling()) tell("scribbling"); dab(pointer); finished(); event.preventDefault(); }
});
$("brush").addEventListener("input", draw);

function undo() {
  const last = undone.pop();
  if (!last) return;
  const [which, pixels, used] = last, one = layer(which);
  brush(one.canvas).putImageData(pixels, 0, 0);
  touched(one);
  one.used = used;
  draw();
  $("mask-undo").disabled = undone.length === 0;
  if (which === "marks") tell("scribbled"); else settled();
}
$("mask-undo").addEventListener("click", undo);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && masking()) { event.preventDefault(); undo(); }
});
$("mask-clear").addEventListener("click", () => {
  remember();
  const one = layer(role());
  brush(one.canvas).clearRect(0, 0, canvas.width, canvas.height);
  touched(one);
  one.used = false;
  draw();
  finished();
});

const masking = () => $("mask-box").open && state.target !== null;
export function showMask() { canvas.hidden = !masking(); draw(); }
$("mask-box").addEventListener("toggle", showMask);

// A target of another size has masks of its own.
hear("size", ({ width, height }) => {
  const times = Math.min(LONGEST / Math.max(width, height), 1);
  canvas.width = Math.max(Math.round(width * times), 1);
  canvas.height = Math.max(Math.round(height * times), 1);
  pointer = { x: canvas.width / 2, y: canvas.height / 2 };
  showMask();
});
export function forgetMasks() { layers = {}; selection = null; undone = []; $("mask-undo").disabled = true; draw(); }

export const used = (which) => Boolean(layers[which]?.used);

// The mask of a picture, white on black, as the one that is painted.
export async function take(which, url) {
  const image = await loaded(url), one = layer(which), pen = brush(one.canvas);
  remember(which);
  pen.globalCompositeOperation = "source-over";
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const found = pen.getImageData(0, 0, canvas.width, canvas.height), ink = COLOURS[which];
  for (let i = 0; i < found.data.length; i += 4) {
    const bright = found.data[i] > 127;
    for (let c = 0; c < 3; c++) found.data[i + c] = parseInt(ink.slice(1 + 2 * c, 3 + 2 * c), 16);
    found.data[i + 3] = bright ? 255 : 0;
  }
  pen.putImageData(found, 0, 0);
  touched(one);
}

// The picture at an address, once it is there.
export async function loaded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

async function blob(one) {
  const pixels = brush(one.canvas).getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    pixels.data.fill(pixels.data[i + 3] > 127 ? 255 : 0, i, i + 3);
    pixels.data[i + 3] = 255;
  }
  const whole = document.createElement("canvas");
  whole.width = canvas.width;
  whole.height = canvas.height;
  whole.getContext("2d").putImageData(pixels, 0, 0);
  return new Promise((done) => { whole.toBlob(done, "image/png"); });
}

// The masks as uploads, by their roles; a mask that has not changed is not sent again.
export async function sent() {
  const found = {};
  for (const [which, one] of Object.entries(layers)) {
    if (!one.used || which === "marks") continue;
    one.sent ??= (await call(`/api/upload?name=${NAMES[which]}`, { method: "POST", body: await blob(one) })).id;
    found[which] = one.sent;
  }
  return found;
}

// Scribbles on the large picture: what they select is computed after each stroke, shown, and is what a mask would be.
import { $, failed, fullUrl, hear, say, state, tell } from "./page.js";
import { COLOURS, INKS, layer, loaded, remember, scribbling, select, touched, used } from "./mask.js";
import { NOT, WANT_KEPT, marks, role, target, upload } from "./marks.js";
import { ended, quoted, work } from "./works.js";

// Longer side of what is selected after a stroke, and the shorter one at least.
const LONGEST = 256, SHORTEST = 16;
const HINTS = {
  brush: "Paint on the large picture. The figure that is found can be corrected with the brush.",
  marks: "Draw some lines on what is wanted, some on what is not. What they select acts as a mask does, on copies.",
};
let busy = false, again = false;

async function tinted(url) {
  const image = await loaded(url), shown = document.createElement("canvas"), ink = COLOURS[role()];
  Object.assign(shown, { width: image.naturalWidth, height: image.naturalHeight });
  const pen = shown.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const found = pen.getImageData(0, 0, shown.width, shown.height);
  for (let i = 0; i < found.data.length; i += 4) {
    found.data[i + 3] = found.data[i] > 127 ? 255 : 0;
    for (let c = 0; c < 3; c++) found.data[i + c] = parseInt(ink.slice(1 + 2 * c, 3 + 2 * c), 16);
  }
  pen.putImageData(found, 0, 0);
  return shown;
}

function nothing() {
  select(null);
  $("selection").disabled = true;
}

async function once() {
  const { width, height } = target(), times = Math.min(LONGEST / Math.max(width, height), 1), begin = performance.now();
  const size = [width, height].map((side) => Math.max(Math.round(side * times), 1));
  if (!used("marks")) return nothing();
  const drawn = marks(...size, false);
  if (!drawn) {
    nothing();
    return say("mark some of what is wanted, and some of what is not");
  }
  const picture = state.target.id, id = await upload(drawn, "marks.png");
  const last = await work({ settings: { verb: "select", target: picture, marks: id }, preview: Math.max(Math.min(...size), SHORTEST) });
  if (!ended(last) || state.target.id !== picture) return;
  select(await tinted(last.url));
  $("selection").disabled = false;
  say(`selected, in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
}

// After each stroke; of strokes that came in the meantime the last one counts.
hear("scribbled", async () => {
  for (const one of ["mask", "marks", "command"]) $(`selection-${one}`).hidden = true;
  again = true;
  if (busy) return;
  busy = true;
  try {
    while (again) { again = false; await once(); }
  } catch (error) { failed(error); }
  busy = false;
});

$("selection").addEventListener("click", async () => {
  try {
    const { width, height } = target(), drawn = marks(width, height, false);
    if (!drawn) return;
    say("selecting …");
    const id = await upload(drawn, "marks.png");
    const last = await work({ settings: { verb: "select", target: state.target.id, marks: id } });
    if (!ended(last)) return;
    Object.assign($("selection-mask"), { href: last.url, hidden: false });
    Object.assign($("selection-marks"), { href: fullUrl(id), hidden: false });
    Object.assign($("selection-command"), { textContent: last.begun.command.map(quoted).join(" "), hidden: false });
    say(`selected: ${last.width} × ${last.height}`);
  } catch (error) { failed(error); }
});

export function takeTool(tool) {
  document.querySelector(`input[name=tool][value=${tool}]`).checked = true;
  for (const id of ["inks", "selection-box"]) $(id).hidden = !scribbling();
  $("find-figure").hidden = scribbling();
  $("selection-command").hidden ||= !scribbling();
  $("mask-what").textContent = scribbling() ? "What is selected" : "What is painted";
  $("mask-says").textContent = HINTS[tool];
}
for (const one of document.querySelectorAll("input[name=tool]")) one.addEventListener("change", () => takeTool(one.value));
$("mask-role").addEventListener("change", () => { if (scribbling()) tell("scribbled"); });
hear("target", () => { nothing(); for (const one of ["mask", "marks", "command"]) $(`selection-${one}`).hidden = true; });

// Marks of the history as scribbles again.
export async function takeMarks(which, url) {
  const image = await loaded(url), one = layer("marks"), pen = one.canvas.getContext("2d", { willReadFrequently: true });
  remember("marks");
  pen.globalCompositeOperation = "source-over";
  pen.imageSmoothingEnabled = false;
  pen.clearRect(0, 0, one.canvas.width, one.canvas.height);
  pen.drawImage(image, 0, 0, one.canvas.width, one.canvas.height);
  const found = pen.getImageData(0, 0, one.canvas.width, one.canvas.height), data = found.data;
  let kept = false;
  for (let i = 0; i < data.length; i += 4) {
    const value = data[i], ink = value === NOT ? INKS.not : INKS.want;
    kept ||= value === WANT_KEPT;
    for (let c = 0; c < 3; c++) data[i + c] = parseInt(ink.slice(1 + 2 * c, 3 + 2 * c), 16);
    data[i + 3] = value ? 255 : 0;
  }
  pen.putImageData(found, 0, 0);
  touched(one);
  $("mask-role").value = which === "read_marks" ? "read_mask" : kept ? "keep" : "write_mask";
  takeTool("marks");
}

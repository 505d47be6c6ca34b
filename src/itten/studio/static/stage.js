// The large picture: before and after, what a pass saw, zoom, and the passes below.
import { $, fullUrl, hear, state, tell, thumb } from "./page.js";
import { forgetMasks, showMask } from "./mask.js";

const SAYS = {
  "": "",
  field: "The vibration that decides: red and blue are its two sides.",
  gate: "White grows bolder, black is copied.",
  segments: "The pieces that were copied, each in a colour of its own.",
  matches: "A line from where each copy comes from to the dot where it went.",
};
const MOST_TRIES = 8, AGAIN_MS = 400;
const before = $("before"), after = $("after"), frames = $("frames");

hear("target", () => {
  frames.classList.add("on");
  $("empty").hidden = true;
  after.hidden = true;
  $("split").disabled = true;
  $("passes").replaceChildren();
  state.urls = {};
  state.shown = null;
  $("overlay").value = $("overlay-says").textContent = "";
  frames.classList.remove("alone");
  uncut();
  before.src = fullUrl(state.target.id);
  forgetMasks();
});
before.addEventListener("load", () => { tell("size", { width: before.naturalWidth, height: before.naturalHeight }); size(); });
after.addEventListener("load", size);

// A pass of the last work, or any other picture of the target's size.
export function show(url, pass = state.pass) {
  const kind = $("overlay").value, known = kind && state.urls[pass] === url;
  state.pass = pass;
  state.shown = url;
  after.src = known ? url.replace(/[^/]+$/, `${kind}${pass}.png`) : url;
  after.alt = known ? `${kind} of pass ${pass}` : `The result, pass ${pass}`;
  after.hidden = false;
  $("split").disabled = false;
  $("overlay-says").textContent = known ? SAYS[kind] : "";
  frames.classList.toggle("alone", Boolean(known && kind === "matches"));
  cut();
  for (const one of $("passes").children) one.setAttribute("aria-pressed", String(Number(one.dataset.pass) === pass));
}
// What a pass saw is drawn after the pass itself: it may not be there yet.
let tries = 0;
after.addEventListener("load", () => { tries = 0; });
after.addEventListener("error", () => {
  if (!$("overlay").value || !state.shown) return;
  if (++tries > MOST_TRIES) { $("overlay").value = ""; tries = 0; }
  setTimeout(() => show(state.shown), AGAIN_MS);
});

export function showPass(number, url) {
  state.urls[number] = url;
  const button = thumb(url, `pass ${number}`);
  button.dataset.pass = number;
  button.addEventListener("click", () => show(url, number));
  document.querySelector(`#passes [data-pass="${number}"]`)?.remove();
  $("passes").append(button);
  show(url, number);
}

function size() {
  const zoom = $("zoom").value, stage = $("stage"), image = frames.classList.contains("alone") ? after : before;
  if (!image.naturalWidth) return;
  const fit = Math.min((stage.clientWidth - 2) / image.naturalWidth, (stage.clientHeight - 2) / image.naturalHeight, 4);
  const times = zoom === "fit" ? fit : Number(zoom);
  frames.style.width = `${image.naturalWidth * times}px`;
  frames.style.height = `${image.naturalHeight * times}px`;
  frames.classList.toggle("pixels", times >= 1.5);
  showMask();
}
$("zoom").addEventListener("change", size);
new ResizeObserver(size).observe($("stage"));

function cut() {
  const share = frames.classList.contains("alone") ? 0 : Number($("split").value);
  after.style.clipPath = `inset(0 0 0 ${share}%)`;
  frames.style.setProperty("--cut", `${share}%`);
  frames.classList.toggle("split", share > 0 && share < 100);
}
$("split").addEventListener("input", cut);
hear("scribbling", () => { $("split").value = 100; cut(); }); // what is selected is the target's
hear("made", () => { if ($("split").value === "100") uncut(); });
export function uncut() { $("split").value = 0; cut(); }

// On the picture itself the pointer moves the slider, or a picture that is larger than the stage.
let held = null;
frames.addEventListener("pointerdown", (event) => {
  if (!$("mask").hidden || after.hidden || event.button) return;
  event.preventDefault();
  held = { x: event.clientX, y: event.clientY };
  frames.setPointerCapture(event.pointerId);
});
frames.addEventListener("pointermove", (event) => {
  if (!held) return;
  const stage = $("stage");
  if (frames.clientWidth > stage.clientWidth + 2 || frames.clientHeight > stage.clientHeight + 2) {
    stage.scrollBy(held.x - event.clientX, held.y - event.clientY);
    held = { x: event.clientX, y: event.clientY };
  } else {
    const box = frames.getBoundingClientRect();
    $("split").value = Math.min(Math.max((100 * (event.clientX - box.left)) / box.width, 0), 100);
    cut();
  }
});
for (const end of ["pointerup", "pointercancel"]) frames.addEventListener(end, () => { held = null; });
$("overlay").addEventListener("change", () => { if (state.urls[state.pass]) show(state.urls[state.pass]); });

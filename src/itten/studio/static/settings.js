// The settings: what to make, looks with their pictures, controls with theirs, and the envelope.
import { $, hear, moving, settled, state, thumb } from "./page.js";
import { sent } from "./mask.js";
import { sentMarks } from "./marks.js";

const controls = () => state.catalogue.controls[state.verb];
const lookNow = () => state.catalogue.looks.find((one) => one.name === state.look);
function told(value) {
  if (!Array.isArray(value)) return String(value);
  return typeof value[0] === "number" ? value.join(" to ") : "colours of its own";
}

// What a control stands at where nothing is said: what the look has, or what is usual.
function usual(one) {
  const look = state.verb === "shade" ? lookNow() : undefined;
  if (look && one.key === "passes") return look.passes;
  return look?.sets[one.key] ?? (one.usual ?? one.none);
}

// Keys that are no part of the configuration, but settings of their own.
const OWN = ["passes", "show"];
const words = (one, value) => (one.named && value === one.none ? one.named : value);

function field(one, id) {
  const about = `id="${id}" aria-describedby="${id}-says"`;
  if (one.kind === "choice") return `<select ${about}><option value=""></option>${one.values.map((value) => `<option>${value}</option>`).join("")}</select>`;
  if (one.kind === "text") return `<input type="text" ${about} autocomplete="off">`;
  return `<input type="range" ${about} min="${one.least}" max="${one.most}" step="${one.step}">`;
}

function control(one) {
  const box = document.createElement("div"), id = `c-${state.verb}-${one.key.replace(".", "-")}`;
  box.className = "control";
  box.innerHTML = `<div class="name"><label for="${id}">${one.name}</label><output for="${id}"></output><button type="button" class="reset" aria-label="${one.name} as usual" title="As usual">↺</button></div>`
    + field(one, id) + `<img class="seen" src="${one.picture}" alt="" width="${one.seen.length * 144}" height="108">`
    + `<div class="values" aria-hidden="true">${one.seen.map((value) => `<span>${value}</span>`).join("")}</div><p class="hint" id="${id}-says">${one.says}</p>`;
  // Two panels are no wider than two of three.
  for (const part of box.querySelectorAll(".seen, .values")) part.style.width = `${Math.min(one.seen.length / 3, 1) * 100}%`;
  const input = box.querySelector("input, select"), out = box.querySelector("output"), reset = box.querySelector(".reset");
  function show() {
    const own = state.values[one.key], otherwise = usual(one);
    if (one.kind === "range") input.value = own ?? (Array.isArray(otherwise) ? otherwise[0] : otherwise);
    else if (one.kind === "choice") { input.options[0].textContent = `as usual: ${told(otherwise ?? one.values[0])}`; input.value = own ?? ""; }
    else { input.placeholder = told(otherwise); input.value = own ?? ""; }
    mark();
  }
  function mark() {
    const own = state.values[one.key];
    out.textContent = one.kind === "range" ? words(one, own) ?? told(words(one, usual(one))) : "";
    out.classList.toggle("own", own !== undefined);
    reset.hidden = own === undefined;
  }
  function take() {
    if (input.value === "") delete state.values[one.key];
    else state.values[one.key] = one.kind === "range" ? Number(input.value) : input.value;
    mark();
    drawEnvelope();
  }
  input.addEventListener("input", () => { take(); if (one.kind === "range") moving(); });
  input.addEventListener("change", () => { take(); settled(); });
  reset.addEventListener("click", () => { delete state.values[one.key]; show(); drawEnvelope(); input.focus(); settled(); });
  show();
  return box;
}

export function showControls() {
  $("controls").replaceChildren(...controls().filter((one) => !one.rest).map(control));
  $("rest").replaceChildren(...controls().filter((one) => one.rest).map(control));
  $("rest-box").hidden = !controls().some((one) => one.rest);
  for (const id of ["figure-box", "envelope-box", "source-slot", "looks-box"]) $(id).hidden = state.verb !== "shade";
  document.querySelector(`input[name=verb][value=${state.verb}]`).checked = true;
  for (const one of document.querySelectorAll("input[name=look]")) one.checked = one.value === (state.look ?? "");
  $("look-says").textContent = lookNow() ? `${lookNow().title}. For ${lookNow().suits === "both" ? "drawings and photographs" : lookNow().suits}.` : "Pieces of the drawing around its contours, in their own colours.";
  drawEnvelope();
}

export function setLook(name, more = {}) {
  state.verb = "shade";
  state.look = name;
  state.values = { ...more };
  showControls();
}

function showLooks() {
  const all = [{ name: "", title: "No look: what itten does by itself" }, ...state.catalogue.looks];
  $("looks").replaceChildren(...all.map((one) => {
    const label = document.createElement("label");
    label.title = one.title;
    label.innerHTML = `<input type="radio" name="look" value="${one.name}"><img src="${one.name ? `looks/${one.name}.webp` : "looks/none.webp"}" alt="" width="84" height="84" loading="lazy"><span>${one.name || "none"}</span>`;
    label.querySelector("input").addEventListener("change", () => { setLook(one.name || null); settled(); });
    return label;
  }));
}

// How strong each pass is, as the configuration has it: rows of the envelope, or the decay.
function drawEnvelope() {
  if (state.verb !== "shade") return;
  const value = (key) => state.values[key] ?? lookNow()?.sets[key] ?? { effect: 1, "envelope.kind": "adsr", "envelope.decay": 0.75 }[key];
  const passes = state.values.passes ?? lookNow()?.passes ?? 4, decays = value("envelope.kind") === "decay";
  const rows = state.catalogue.defaults.shade.envelope.thicken_modulation;
  const row = (i) => (decays ? 0 : passes <= 4 ? i : Math.floor((i * 4) / passes));
  const effect = Array.from({ length: passes }, (_, i) => value("effect") * (decays ? value("envelope.decay") ** i : 1));
  const growth = effect.map((strong, i) => strong * (1 - rows[row(i)]));
  const most = Math.max(1, ...effect), x = (i) => 20 + (i * 260) / Math.max(passes - 1, 1), y = (one) => 84 - (70 * one) / most;
  const curve = (kind, several) => `<path class="${kind}" d="M${several.map((one, i) => `${x(i)} ${y(one)}`).join("L")}"/>` + several.map((one, i) => `<circle class="${kind}" cx="${x(i)}" cy="${y(one)}" r="3.5"/>`).join("");
  $("envelope").innerHTML = `<line x1="10" y1="85" x2="292" y2="85"/>${curve("growth", growth)}${curve("effect", effect)}` + effect.map((_, i) => `<text x="${x(i)}" y="99" text-anchor="middle">${i + 1}</text>`).join("");
  $("envelope").setAttribute("aria-label", `Effect of each pass: ${effect.map((one) => one.toFixed(2)).join(", ")}; growth where much is drawn: ${growth.map((one) => one.toFixed(2)).join(", ")}`);
}

// The settings as the studio takes them, masks sent.
export async function settings() {
  const sets = {}, shade = state.verb === "shade";
  for (const one of controls()) {
    const value = state.values[one.key];
    if (!OWN.includes(one.key) && value !== undefined && value !== "") sets[one.key] = one.none !== null && value === one.none ? one.named : value;
  }
  return {
    verb: state.verb, look: shade ? state.look : null, passes: state.values.passes ?? (shade ? lookNow()?.passes : null) ?? 4, sets,
    ...(state.verb === "segment" && state.values.show ? { show: state.values.show } : {}),
    figure: shade && $("figure").checked, target: state.target.id, sources: shade ? state.sources.map((one) => one.id) : [], ...(await sent()), ...(await sentMarks()),
  };
}

for (const one of document.querySelectorAll("input[name=verb]")) {
  one.addEventListener("change", () => { state.verb = one.value; state.values = {}; showControls(); settled(); });
}
$("figure").addEventListener("change", settled);
hear("ready", () => { showLooks(); showControls(); });

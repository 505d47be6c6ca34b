import { CONTROLS, envelope } from "./controls.js";

const $ = (id) => document.getElementById(id);
const state = { verb: "shade", look: null, values: {}, target: null, source: null, job: null, events: null, entry: null, urls: {}, pass: 0, mask: null, masked: false, timer: 0, catalogue: null, facts: null };

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

async function call(path, options = {}) {
  const answer = await fetch(path, { credentials: "same-origin", ...options });
  if (!answer.ok) {
    let told = await answer.text();
    try { told = JSON.parse(told).detail; } catch { /* it is a sentence already */ }
    throw new Error(typeof told === "string" && told ? told : `the studio answered ${answer.status}`);
  }
  return (answer.headers.get("content-type") || "").includes("json") ? answer.json() : answer;
}
const post = (path, body) => call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });
const failed = (error) => say(error.message, true);

// ---- pictures ----
async function upload(file, which) {
  if (file.size > state.catalogue.limits.bytes) {
    return say(`${file.name || "the picture"} is too large: at most ${state.catalogue.limits.bytes >> 20} MiB are taken`, true);
  }
  say(`reading ${file.name || "the picture"} …`);
  try {
    const found = await call(`/api/upload?name=${encodeURIComponent(file.name || "pasted.png")}`, { method: "POST", body: file });
    choose(which, found.id, found.name);
    say(`${found.name}: ${found.width} × ${found.height}`);
  } catch (error) { failed(error); }
}

function choose(which, id, name) {
  state[which] = id ? { id, name } : null;
  const image = $(`${which}-image`);
  image.hidden = !id;
  $(`${which}-hint`).hidden = Boolean(id);
  if (id) {
    image.src = `/api/pictures/${encodeURIComponent(id)}`;
    image.alt = `${which}: ${name}`;
  }
  $("source-clear").hidden = !state.source;
  if (which === "target" && id) { clearMask(); loadMaskGround(image.src); }
  ready();
}

function ready() {
  for (const id of ["paint", "surprise", "more", "handwriting"]) $(id).disabled = !state.target;
}

for (const which of ["target", "source"]) {
  const drop = $(`${which}-drop`);
  $(`${which}-file`).addEventListener("change", (event) => event.target.files[0] && upload(event.target.files[0], which));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) upload(event.dataTransfer.files[0], which);
  });
}
$("source-clear").addEventListener("click", () => choose("source", null));
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
  if (file) { event.preventDefault(); upload(file, state.target ? "source" : "target"); }
});

function showSamples(samples) {
  for (const [name, says] of Object.entries(samples)) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.sample = name;
    button.title = says;
    button.innerHTML = `<img loading="lazy" alt="" width="72" height="72"><span>${name}</span>`;
    button.querySelector("img").src = `/api/pictures/sample:${name}`;
    button.addEventListener("click", () => choose(document.querySelector("input[name=which]:checked").value, `sample:${name}`, name));
    $("samples").append(button);
  }
}

// ---- the mask ----
const mask = $("mask");
const paintOver = document.createElement("canvas");
let pointer = { x: 160, y: 120 }, drawing = false;
function clearMask() { paintOver.width = mask.width; paintOver.height = mask.height; state.masked = false; drawMask(); }
function loadMaskGround(url) {
  const image = new Image();
  image.onload = () => {
    mask.width = image.naturalWidth; mask.height = image.naturalHeight;
    state.mask = image; clearMask();
  };
  image.src = url;
}
function drawMask() {
  const pen = mask.getContext("2d");
  pen.clearRect(0, 0, mask.width, mask.height);
  if (state.mask) pen.drawImage(state.mask, 0, 0);
  pen.globalAlpha = 0.5; pen.drawImage(paintOver, 0, 0); pen.globalAlpha = 1;
  pen.strokeStyle = "#a3202a"; pen.beginPath();
  pen.arc(pointer.x, pointer.y, Number($("brush").value) / 2, 0, 7); pen.stroke();
}
function dab(to) {
  const pen = paintOver.getContext("2d");
  pen.globalCompositeOperation = $("erase").checked ? "destination-out" : "source-over";
  pen.strokeStyle = pen.fillStyle = "#ff0000";
  pen.lineWidth = Number($("brush").value); pen.lineCap = "round";
  pen.beginPath(); pen.moveTo(pointer.x, pointer.y); pen.lineTo(to.x + 0.01, to.y); pen.stroke();
  pointer = to; state.masked = true; drawMask();
}
const at = (event) => {
  const box = mask.getBoundingClientRect();
  return { x: (event.clientX - box.left) * mask.width / box.width, y: (event.clientY - box.top) * mask.height / box.height };
};
mask.addEventListener("pointerdown", (event) => { drawing = true; mask.setPointerCapture(event.pointerId); pointer = at(event); dab(pointer); });
mask.addEventListener("pointermove", (event) => { if (drawing) dab(at(event)); else { pointer = at(event); drawMask(); } });
mask.addEventListener("pointerup", () => { drawing = false; changed(); });
mask.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-6, 0], ArrowRight: [6, 0], ArrowUp: [0, -6], ArrowDown: [0, 6] }[event.key];
  if (step) { pointer = { x: pointer.x + step[0], y: pointer.y + step[1] }; drawMask(); event.preventDefault(); }
  if (event.key === " ") { dab(pointer); event.preventDefault(); }
});
$("mask-clear").addEventListener("click", () => { clearMask(); changed(); });
async function maskId() {
  if (!state.masked) return null;
  const whole = document.createElement("canvas");
  whole.width = mask.width; whole.height = mask.height;
  const pen = whole.getContext("2d");
  pen.fillStyle = "#000"; pen.fillRect(0, 0, whole.width, whole.height);
  pen.drawImage(paintOver, 0, 0);
  pen.globalCompositeOperation = "source-atop";
  const pixels = pen.getImageData(0, 0, whole.width, whole.height);
  for (let i = 0; i < pixels.data.length; i += 4) pixels.data[i] = pixels.data[i + 1] = pixels.data[i + 2] = pixels.data[i] > 127 ? 255 : 0;
  pen.putImageData(pixels, 0, 0);
  const blob = await new Promise((done) => whole.toBlob(done, "image/png"));
  return (await call("/api/upload?name=mask.png", { method: "POST", body: blob })).id;
}

// ---- settings ----
function control(one) {
  const box = document.createElement("div");
  box.className = "control";
  const id = `c-${state.verb}-${one.key.replace(".", "-")}`;
  const field = one.kind === "choice"
    ? `<select id="${id}" aria-describedby="${id}-says"><option value="">left to the look</option>${one.values.map((v) => `<option>${v}</option>`).join("")}</select>`
    : one.kind === "text" ? `<input type="text" id="${id}" aria-describedby="${id}-says" placeholder="${one.usual}">`
    : `<input type="range" id="${id}" min="${one.min}" max="${one.max}" step="${one.step}" aria-describedby="${id}-says">`;
  box.innerHTML = `<label for="${id}">${one.name}<output for="${id}"></output></label>${field}<p class="hint" id="${id}-says">${one.picture}<span>${one.says}</span></p>`;
  const input = box.querySelector("input, select"), out = box.querySelector("output");
  const shown = () => {
    const value = state.values[one.key];
    out.textContent = one.kind === "range" ? (value ?? "left to the look") : "";
    input.value = value ?? (one.kind === "range" ? one.usual ?? one.none ?? one.min : "");
  };
  const take = () => {
    const raw = input.value;
    if (raw === "") delete state.values[one.key];
    else state.values[one.key] = one.kind === "range" ? Number(raw) : raw;
    if (one.kind === "range") out.textContent = raw;
    drawEnvelope();
  };
  input.addEventListener("input", () => { take(); if (one.kind === "range") preview(); });
  input.addEventListener("change", () => { take(); changed(); });
  shown();
  return box;
}

function showControls() {
  $("controls").replaceChildren(); $("rest").replaceChildren();
  if (state.verb === "shade") $("controls").append(lookControl());
  for (const one of CONTROLS[state.verb]) $(one.rest ? "rest" : "controls").append(control(one));
  $("rest-box").hidden = !CONTROLS[state.verb].some((one) => one.rest);
  $("figure").parentElement.hidden = $("envelope-box").hidden = $("source-slot").hidden = state.verb !== "shade";
  drawEnvelope();
}

function lookControl() {
  const box = document.createElement("div");
  box.className = "control";
  const looks = state.catalogue.looks.map((one) => `<option value="${one.name}" title="${one.title}">${one.name}</option>`).join("");
  box.innerHTML = `<label for="look">Look</label><select id="look" aria-describedby="look-says"><option value="">none</option>${looks}</select><p class="hint" id="look-says"></p>`;
  const input = box.querySelector("select"), says = box.querySelector(".hint");
  const told = () => { says.textContent = state.catalogue.looks.find((one) => one.name === state.look)?.title ?? "A ready-made set of all settings."; };
  input.value = state.look ?? "";
  input.addEventListener("change", () => {
    state.look = input.value || null;
    state.values = {};
    const known = state.catalogue.looks.find((one) => one.name === state.look);
    if (known) state.values.passes = known.passes;
    told(); showControls(); $("look").focus(); changed();
  });
  told();
  return box;
}

function drawEnvelope() {
  const passes = state.values.passes ?? 4, strong = envelope(state.values["envelope.kind"] || "adsr", state.values["envelope.decay"] ?? 0.75, passes);
  const points = strong.map((y, i) => [20 + (i * 260) / Math.max(passes - 1, 1), 75 - 60 * y]);
  $("envelope").innerHTML = `<line x1="10" y1="76" x2="292" y2="76"/><path d="M${points.map((p) => p.join(" ")).join("L")}"/>`
    + points.map(([x, y], i) => `<circle cx="${x}" cy="${y}" r="4"/><text x="${x}" y="88" text-anchor="middle">${i + 1}</text>`).join("");
  $("envelope").setAttribute("aria-label", `How strong each pass is: ${strong.map((y) => y.toFixed(2)).join(", ")}`);
}

async function settings() {
  const sets = {};
  for (const one of CONTROLS[state.verb]) {
    const value = state.values[one.key];
    if (one.option || value === undefined || value === "" || (one.none !== undefined && value === one.none)) continue;
    sets[one.key] = value;
  }
  return {
    verb: state.verb, look: state.verb === "shade" ? state.look : null, passes: state.values.passes ?? 4, sets, figure: state.verb === "shade" && $("figure").checked,
    target: state.target.id, sources: state.verb === "shade" && state.source ? [state.source.id] : [], keep: await maskId(),
  };
}

for (const one of document.querySelectorAll("input[name=verb]")) {
  one.addEventListener("change", () => { state.verb = one.value; state.values = {}; showControls(); changed(); });
}

// ---- works ----
const PREVIEW = 176;
function preview() {
  if (!state.target) return;
  clearTimeout(state.timer);
  state.timer = setTimeout(() => run(PREVIEW), 120);
}
function changed() {
  clearTimeout(state.timer);
  if (state.target && state.entry !== null) state.timer = setTimeout(() => run(), 200);
}

async function run(side = null) {
  if (!state.target) return;
  try {
    const wanted = await settings();
    const begun = await post("/api/make", { settings: side ? { ...wanted, passes: Math.min(wanted.passes, 2) } : wanted, preview: side });
    state.events?.close();
    state.job = begun.id;
    if (!side) { state.facts = begun; state.urls = {}; $("passes").replaceChildren(); $("progress").value = 0; }
    $("cancel").disabled = false;
    say(begun.before ? `${begun.before} before this one …` : side ? "preview …" : "painting …");
    follow(begun.id, wanted, side);
  } catch (error) { failed(error); }
}

function follow(id, wanted, side) {
  const events = state.events = new EventSource(`/api/jobs/${id}`);
  events.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (id !== state.job) return events.close();
    if (message.event === "pass") {
      $("progress").value = message.done / message.of;
      say(`pass ${message.done} of ${message.of}`);
      if (message.url) showPass(message.done, message.url);
    }
    if (["done", "failed", "cancelled"].includes(message.event)) {
      events.close();
      $("cancel").disabled = true;
      if (message.event === "done") {
        show(message.url);
        if (side) return say("preview: let go for the real one");
        $("progress").value = 1;
        state.entry = message.entry;
        showPass(wanted.verb === "shade" ? wanted.passes : 1, message.url);
        offer(message.url);
        say(`done: ${message.width} × ${message.height}`);
        history();
      } else say(message.event === "cancelled" ? "cancelled" : message.told, message.event === "failed");
    }
  };
  events.onerror = () => { events.close(); if (id === state.job && !$("cancel").disabled) say("the studio does not answer", true); };
}

function showPass(number, url) {
  state.urls[number] = url;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.pass = number;
  button.innerHTML = `<img src="${url}" alt="">pass ${number}`;
  button.addEventListener("click", () => { state.pass = number; show(url); });
  $("passes").append(button);
  state.pass = number;
  show(url);
}

function show(url) {
  $("frames").classList.add("on");
  $("empty").hidden = true;
  const kind = $("overlay").value;
  $("after").src = kind ? url.replace(/[^/]+$/, `${kind}${state.pass}.png`) : url;
  $("before").src = url;
  fetch(url, { method: "GET" }).catch(() => {});
  const full = state.target.id;
  $("before").src = `/api/full/${encodeURIComponent(full)}`;
  $("split").disabled = false;
  size();
}

function size() {
  const zoom = $("zoom").value, image = $("before");
  const set = () => {
    const fit = Math.min($("stage").clientWidth / image.naturalWidth, $("stage").clientHeight / image.naturalHeight, 4);
    const times = zoom === "fit" ? fit : Number(zoom);
    image.style.width = `${image.naturalWidth * times}px`;
    image.style.height = `${image.naturalHeight * times}px`;
    $("frames").classList.toggle("pixels", times >= 1.5);
  };
  if (image.complete && image.naturalWidth) set(); else image.onload = set;
}
$("zoom").addEventListener("change", size);
new ResizeObserver(size).observe($("stage"));
$("split").addEventListener("input", () => { $("after").style.clipPath = `inset(0 0 0 ${$("split").value}%)`; });
$("overlay").addEventListener("change", () => { if (state.urls[state.pass]) show(state.urls[state.pass]); });

const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
function offer(url) {
  $("downloads").hidden = $("command").hidden = false;
  $("download").href = url;
  $("download").download = "out.png";
  $("growth").hidden = true;
  $("animate").disabled = state.verb !== "shade";
  $("toml").href = URL.createObjectURL(new Blob([state.facts.toml], { type: "application/toml" }));
  $("command").textContent = state.facts.command.map(quoted).join(" ");
}
$("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText($("command").textContent); say("copied"); } catch { getSelection().selectAllChildren($("command")); say("the command is selected: copy it"); }
});

$("animate").addEventListener("click", async () => {
  const kind = $("animate-as").value;
  try {
    const begun = await post("/api/make", { settings: state.facts.settings, animate: kind });
    state.events?.close();
    state.job = begun.id;
    $("cancel").disabled = false; $("growth").hidden = true;
    say("letting it grow …");
    const events = state.events = new EventSource(`/api/jobs/${begun.id}`);
    events.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.event === "pass") { $("progress").value = message.done / message.of; say(`pass ${message.done} of ${message.of}`); }
      if (!["done", "failed", "cancelled"].includes(message.event)) return;
      events.close();
      $("cancel").disabled = true;
      if (message.event !== "done") return say(message.told ?? "cancelled", message.event === "failed");
      $("growth").href = message.url; $("growth").download = `growth.${kind}`; $("growth").hidden = false;
      if (kind !== "mp4") { $("after").src = message.url; $("split").value = 0; $("after").style.clipPath = ""; }
      $("growth").focus();
      say("done: the animation can be saved");
    };
  } catch (error) { failed(error); }
});

$("handwriting").addEventListener("click", () => {
  const look = state.catalogue.looks.find((one) => one.name === "handwriting");
  state.verb = "shade"; document.querySelector("input[name=verb][value=shade]").checked = true;
  state.look = look.name; state.values = { passes: look.passes };
  $("figure").checked = true;
  showControls(); run();
});
$("figure").addEventListener("change", () => changed());
$("paint").addEventListener("click", () => run());
$("cancel").addEventListener("click", async () => { if (state.job !== null) await post(`/api/jobs/${state.job}/cancel`).catch(failed); });
$("surprise").addEventListener("click", () => {
  const looks = state.catalogue.looks, look = looks[Math.floor(Math.random() * looks.length)];
  state.verb = "shade"; document.querySelector("input[name=verb][value=shade]").checked = true;
  state.look = look.name; state.values = { passes: look.passes, seed: Math.floor(Math.random() * 1000) };
  showControls(); run();
});
$("more").addEventListener("click", async () => {
  const ranges = CONTROLS[state.verb].filter((one) => one.kind === "range" && !one.option && !one.rest);
  const own = { ...state.values };
  for (let i = 0; i < 4; i++) {
    state.values = { ...own };
    for (const one of ranges.slice().sort(() => Math.random() - 0.5).slice(0, 2)) {
      const value = (own[one.key] ?? one.usual ?? one.min) + (Math.random() - 0.5) * 0.5 * (one.max - one.min);
      state.values[one.key] = Number((Math.round(Math.min(Math.max(value, one.min), one.max) / one.step) * one.step).toFixed(4));
    }
    await run();
    await new Promise((done) => { const wait = setInterval(() => { if ($("cancel").disabled) { clearInterval(wait); done(); } }, 100); });
  }
  showControls();
});

// ---- history ----
async function history() {
  try {
    const entries = await call("/api/history");
    $("history").replaceChildren(...entries.map((one) => {
      const button = document.createElement("button"), look = one.settings.look ?? one.settings.verb;
      button.type = "button";
      button.dataset.entry = one.id;
      button.innerHTML = `<img loading="lazy" src="/api/history/${one.id}/small.png" alt="">`;
      button.append(look);
      button.setAttribute("aria-label", `Go back to ${look} of ${new Date(one.time * 1000).toLocaleString()}`);
      button.addEventListener("click", () => restore(one.id));
      return button;
    }));
    $("empty-history").hidden = !entries.length;
  } catch (error) { failed(error); }
}
async function restore(id) {
  try {
    const entry = await post(`/api/history/${id}/restore`), own = entry.settings;
    state.verb = own.verb; state.look = own.look; state.values = { ...own.sets, passes: own.passes };
    $("figure").checked = own.figure ?? false;
    document.querySelector(`input[name=verb][value=${own.verb}]`).checked = true;
    const name = (one) => entry.uploads[one]?.name ?? one.replace("sample:", "");
    choose("target", own.target, name(own.target));
    choose("source", own.sources[0] ?? null, own.sources[0] ? name(own.sources[0]) : "");
    showControls();
    state.facts = entry; state.entry = id;
    const url = `/api/history/${id}/result.png`;
    $("passes").replaceChildren();
    showPass(own.passes, url); offer(url);
    say("as it was");
  } catch (error) { failed(error); }
}
$("empty-history").addEventListener("click", async () => {
  if (confirm("Remove all pictures of the history?")) { await call("/api/history", { method: "DELETE" }).catch(failed); history(); }
});

// ---- the beginning ----
async function begin() {
  try {
    state.catalogue = await post("/api/enter");
    showSamples(state.catalogue.samples); showControls(); clearMask(); history();
    say("ready");
  } catch (error) { failed(error); setTimeout(begin, 10000); }
}
setInterval(() => { post("/api/enter").catch(() => {}); }, 30000);
addEventListener("pagehide", () => navigator.sendBeacon("/api/leave"));
begin();

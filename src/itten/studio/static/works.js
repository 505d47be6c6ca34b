// Works: begun, followed as they come, cancelled; previews; variations; the animation; downloads.
import { $, failed, fullUrl, hear, post, say, settled, state, tell, thumb } from "./page.js";
import { NAMES, take, used } from "./mask.js";
import { setLook, settings, showControls } from "./settings.js";
import { show, showPass, uncut } from "./stage.js";

const PREVIEW = 176, PREVIEW_PASSES = 2;
let timer = 0, leave = () => {}, series = 0;

// Begin a work and follow it; resolves with its last message. `heard` is given every message on the way.
export async function work(wanted, heard = () => {}) {
  const begun = await post("/api/make", wanted);
  state.job = begun.id;
  leave(); // the one before has been cancelled
  $("cancel").disabled = false;
  const listening = new EventSource(`/api/jobs/${begun.id}`);
  return new Promise((done) => {
    const end = (message) => { listening.close(); if (begun.id === state.job) $("cancel").disabled = true; done({ ...message, begun, current: begun.id === state.job }); };
    leave = () => end({ event: "cancelled" });
    listening.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (["done", "failed", "cancelled"].includes(message.event)) end(message);
      else if (begun.id === state.job) heard(message, begun);
    };
    listening.onerror = () => { end({ event: "failed", told: "the studio does not answer" }); };
    if (begun.before) say(`${begun.before} before this one …`);
  });
}

export function ended(last) {
  if (last.current && last.event !== "done") say(last.event === "cancelled" ? "cancelled" : last.told, last.event === "failed");
  return last.current && last.event === "done";
}

const progress = (message) => {
  if (message.event !== "pass") return;
  $("progress").value = message.done / message.of;
  say(`pass ${message.done} of ${message.of}`);
};

export async function run() {
  clearTimeout(timer);
  if (!state.target) return false;
  try {
    const wanted = await settings();
    $("progress").value = 0;
    say("painting …");
    let first = true;
    const fresh = () => { if (first) { first = false; state.urls = {}; $("passes").replaceChildren(); } };
    const last = await work({ settings: wanted }, (message) => {
      progress(message);
      if (message.url) { fresh(); showPass(message.done, message.url); }
    });
    if (!ended(last)) return false;
    fresh();
    $("progress").value = 1;
    state.facts = last.begun;
    state.entry = last.entry;
    showPass(wanted.verb === "shade" ? wanted.passes : 1, last.url);
    offer(last.url);
    say(`done: ${last.width} × ${last.height}`);
    tell("made");
    return true;
  } catch (error) { failed(error); return false; }
}

async function preview() {
  try {
    const wanted = await settings();
    const last = await work({ settings: { ...wanted, passes: Math.min(wanted.passes, PREVIEW_PASSES) }, preview: PREVIEW });
    if (ended(last)) { show(last.url); say("preview: let go for the real one"); }
  } catch (error) { failed(error); }
}
hear("moving", () => { if (state.target) { clearTimeout(timer); timer = setTimeout(preview, 120); } });
hear("settled", () => { clearTimeout(timer); if (state.target && state.entry !== null) timer = setTimeout(run, 200); });

export const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
export function offer(url) {
  $("downloads").hidden = $("command").hidden = false;
  $("download").href = url;
  $("download").download = "out.png";
  $("growth").hidden = true;
  $("animate").disabled = state.facts.settings.verb !== "shade";
  $("toml").href = URL.createObjectURL(new Blob([state.facts.toml], { type: "application/toml" }));
  $("command").textContent = state.facts.command.map(quoted).join(" ");
  $("masks").replaceChildren(...Object.entries(NAMES).filter(([role, name]) => state.facts.settings[role] && state.facts.command.includes(name)).map(([role, name]) => {
    const link = document.createElement("a");
    Object.assign(link, { href: fullUrl(state.facts.settings[role]), download: name, className: "button", textContent: `${role.endsWith("marks") ? "Marks" : "Mask"} ${name}` });
    return link;
  }));
}
$("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText($("command").textContent); say("copied"); } catch { getSelection().selectAllChildren($("command")); say("the command is selected: copy it"); }
});

$("animate").addEventListener("click", async () => {
  const kind = $("animate-as").value;
  $("growth").hidden = true;
  $("progress").value = 0;
  say("letting it grow …");
  try {
    const last = await work({ settings: state.facts.settings, animate: kind }, progress);
    if (!ended(last)) return;
    $("progress").value = 1;
    Object.assign($("growth"), { href: last.url, download: `growth.${kind}`, hidden: false });
    if (kind !== "mp4") { $("overlay").value = ""; show(last.url); uncut(); }
    $("growth").focus();
    say("done: the animation can be saved");
  } catch (error) { failed(error); }
});

$("find-figure").addEventListener("click", async () => {
  say("looking for the figure …");
  try {
    const last = await work({ settings: { verb: "shade", target: state.target.id }, find: "figure" });
    if (!ended(last)) return;
    $("mask-role").value = "keep";
    await take("keep", last.url);
    $("figure").checked = false;
    say(last.found ? "this is the figure: correct it with the brush" : "no figure was found: paint it", !last.found);
    settled();
  } catch (error) { failed(error); }
});

$("handwriting").addEventListener("click", () => { setLook("handwriting"); $("figure").checked = !used("keep") && !(used("marks") && $("mask-role").value === "keep"); run(); });
$("paint").addEventListener("click", () => { series++; run(); });
$("cancel").addEventListener("click", async () => { series++; if (state.job !== null) await post(`/api/jobs/${state.job}/cancel`).catch(failed); });
$("surprise").addEventListener("click", () => {
  const looks = state.catalogue.looks;
  setLook(looks[Math.floor(Math.random() * looks.length)].name, { seed: Math.floor(Math.random() * 1000) });
  run();
});

function varied(own) {
  const ranges = state.catalogue.controls[state.verb].filter((one) => one.kind === "range" && !one.rest && one.key !== "passes");
  const values = { ...own };
  for (const one of ranges.sort(() => Math.random() - 0.5).slice(0, 2)) {
    const value = (own[one.key] ?? one.usual) + (Math.random() - 0.5) * 0.5 * (one.most - one.least);
    values[one.key] = Number((Math.round(Math.min(Math.max(value, one.least), one.most) / one.step) * one.step).toFixed(4));
  }
  return values;
}
// Four works one after the other; Cancel and Paint end the series.
$("more").addEventListener("click", async () => {
  const own = { ...state.values }, mine = ++series;
  $("variations").replaceChildren();
  $("variations").hidden = false;
  for (let number = 1; number <= 4 && mine === series; number++) {
    state.values = varied(own);
    if (!(await run())) break;
    const entry = state.entry, button = thumb(`/api/history/${entry}/small.png`, `variation ${number}`);
    button.addEventListener("click", () => tell("restore", entry));
    $("variations").append(button);
  }
  showControls();
});

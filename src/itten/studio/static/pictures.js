// Target and sources: dropped, pasted, chosen from files, or samples.
import { $, call, failed, hear, say, settled, state, tell, thumb } from "./page.js";

const MOST_SOURCES = 8;

async function upload(file, which) {
  const most = state.catalogue.limits.bytes;
  if (file.size > most) return say(`${file.name || "the picture"} is too large: at most ${most >> 20} MiB are taken`, true);
  say(`reading ${file.name || "the picture"} …`);
  try {
    const found = await call(`/api/upload?name=${encodeURIComponent(file.name || "pasted.png")}`, { method: "POST", body: file });
    choose(which, found.id, found.name);
    say(`${found.name}: ${found.width} × ${found.height}`);
  } catch (error) { failed(error); }
}

async function several(files, which) {
  for (const file of which === "target" ? [...files].slice(0, 1) : files) await upload(file, which);
}

export function choose(which, id, name) {
  if (which === "source") {
    if (state.sources.length >= MOST_SOURCES) return say(`at most ${MOST_SOURCES} sources are taken`, true);
    if (!state.sources.some((one) => one.id === id)) state.sources.push({ id, name });
    return showSources();
  }
  state.target = { id, name };
  const image = $("target-image");
  image.src = `/api/pictures/${encodeURIComponent(id)}`;
  image.alt = `target: ${name}`;
  image.hidden = false;
  $("target-hint").hidden = true;
  for (const one of ["paint", "surprise", "more", "handwriting", "find-figure"]) $(one).disabled = false;
  tell("target");
}

function showSources() {
  $("sources").replaceChildren(...state.sources.map((one) => {
    const button = thumb(`/api/pictures/${encodeURIComponent(one.id)}`, `× ${one.name}`, `Remove ${one.name}`);
    button.setAttribute("aria-label", `Remove the source ${one.name}`);
    button.addEventListener("click", () => { state.sources = state.sources.filter((other) => other !== one); showSources(); settled(); });
    return button;
  }));
}

export function chooseSources(several) { state.sources = several; showSources(); }

function showSamples() {
  for (const [name, says] of Object.entries(state.catalogue.samples)) {
    const button = thumb(`samples/${name}.webp`, name, says);
    button.dataset.sample = name;
    button.addEventListener("click", () => {
      choose(document.querySelector("input[name=which]:checked").value, `sample:${name}`, name);
      say(`${name}: ${says}`);
    });
    $("samples").append(button);
  }
}

function drops(element, which) {
  element.addEventListener("dragover", (event) => { event.preventDefault(); element.classList.add("over"); });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    several(event.dataTransfer.files, which);
  });
}
for (const which of ["target", "source"]) {
  drops($(`${which}-drop`), which);
  $(`${which}-file`).addEventListener("change", (event) => { several(event.target.files, which); });
}
drops($("stage"), "target");
// A picture that misses is not to open in place of the page.
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());

document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
  if (file) { event.preventDefault(); upload(file, state.target ? "source" : "target"); }
});
hear("ready", showSamples);

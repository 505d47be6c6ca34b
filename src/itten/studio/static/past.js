// The history: what was made, and one click back to it.
import { $, call, failed, hear, post, say, state, thumb } from "./page.js";
import { take } from "./mask.js";
import { takeMarks } from "./scribble.js";
import { choose, chooseSources } from "./pictures.js";
import { showControls } from "./settings.js";
import { showPass } from "./stage.js";
import { offer } from "./works.js";

async function list() {
  try {
    const entries = await call("/api/history");
    $("history").replaceChildren(...entries.map((one) => {
      const look = one.settings.look ?? one.settings.verb, button = thumb(`/api/history/${one.id}/small.png`, look);
      button.dataset.entry = one.id;
      button.setAttribute("aria-label", `Go back to ${look} of ${new Date(one.time * 1000).toLocaleString()}`);
      button.addEventListener("click", () => restore(one.id));
      return button;
    }));
    $("empty-history").disabled = entries.length === 0;
  } catch (error) { failed(error); }
}

async function restore(id) {
  try {
    const entry = await post(`/api/history/${id}/restore`), own = entry.settings;
    const named = (one) => ({ id: one, name: entry.uploads[one]?.name ?? one.replace("sample:", "") });
    Object.assign(state, { verb: own.verb, look: own.look, values: { ...own.sets, passes: own.passes, show: own.show } });
    for (const one of state.catalogue.controls[own.verb]) if (state.values[one.key] === one.named && one.none !== null) state.values[one.key] = one.none;
    $("figure").checked = own.figure ?? false;
    const sized = new Promise((done) => { document.addEventListener("itten-size", done, { once: true }); });
    choose("target", own.target, named(own.target).name);
    chooseSources(own.sources.map(named));
    showControls();
    Object.assign(state, { facts: entry, entry: id });
    const url = `/api/history/${id}/result.png`;
    showPass(own.passes, url);
    offer(url);
    await sized;
    for (const role of ["keep", "write_mask", "read_mask"]) if (own[role]) await take(role, `/api/full/${own[role]}`);
    for (const role of ["write_marks", "read_marks"]) if (own[role]) await takeMarks(role, `/api/full/${own[role]}`);
    say("as it was");
  } catch (error) { failed(error); }
}

$("empty-history").addEventListener("click", async () => {
  if (confirm("Remove all pictures of the history?")) { await call("/api/history", { method: "DELETE" }).catch(failed); list(); }
});
hear("ready", list);
hear("made", list);
hear("restore", restore);

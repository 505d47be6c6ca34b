// The beginning: enter the studio, and stay.
import { failed, post, say, state, tell } from "./page.js";
import "./pictures.js";
import "./settings.js";
import "./stage.js";
import "./works.js";
import "./past.js";

const AGAIN_MS = 10000, ALIVE_MS = 30000;

async function begin() {
  try {
    state.catalogue = await post("/api/enter");
    tell("ready");
    say("ready");
  } catch (error) { failed(error); setTimeout(begin, AGAIN_MS); }
}
setInterval(() => { post("/api/enter").catch(() => {}); }, ALIVE_MS);
addEventListener("pagehide", () => navigator.sendBeacon("/api/leave"));
begin();

// Scribbles as marks: pictures whose values are labels, and their uploads.
import { $, call } from "./page.js";
import { NAMES, layer, used } from "./mask.js";

// The values of marks: the least one is selected. What is kept is wanted, and painted is what is not: then the wanted
// has the larger one.
export const NOT = 170, WANT_KEPT = 255;
const WANT = 85;
let sentAt = {};

export const role = () => $("mask-role").value;
export const target = () => ({ width: $("before").naturalWidth, height: $("before").naturalHeight });

// The scribbles as marks of so many pixels, hard; null where one of the two is missing.
export function marks(width, height, kept) {
  const drawn = document.createElement("canvas"), seen = { want: 0, not: 0 };
  Object.assign(drawn, { width, height });
  const pen = drawn.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingEnabled = false;
  pen.drawImage(layer("marks").canvas, 0, 0, width, height);
  const pixels = pen.getImageData(0, 0, width, height), data = pixels.data;
  for (let i = 0; i < data.length; i += 4) {
    let value = 0;
    if (data[i + 3] > 127) {
      const want = data[i + 1] > data[i + 2]; // the inks are yellow and violet
      seen[want ? "want" : "not"]++;
      value = want ? (kept ? WANT_KEPT : WANT) : NOT;
    }
    data.fill(value, i, i + 3);
    data[i + 3] = 255;
  }
  pen.putImageData(pixels, 0, 0);
  return seen.want && seen.not ? drawn : null;
}

export async function upload(drawn, name) {
  const body = await new Promise((done) => { drawn.toBlob(done, "image/png"); });
  return (await call(`/api/upload?name=${name}`, { method: "POST", body })).id;
}

// The marks as an upload, of the target's own size, by their role; sent again only where they have changed.
export async function sentMarks() {
  if (!used("marks")) return {};
  const one = layer("marks"), { width, height } = target();
  const name = role() === "read_mask" ? "read_marks" : "write_marks", key = `${one.version} ${role()}`;
  if (sentAt.key !== key || sentAt.layer !== one) {
    const drawn = marks(width, height, role() === "keep");
    sentAt = { key, layer: one, id: drawn && (await upload(drawn, NAMES[name])) };
  }
  return sentAt.id ? { [name]: sentAt.id } : {};
}

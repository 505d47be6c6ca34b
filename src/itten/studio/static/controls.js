// What can be set, what it does in a sentence, and a small picture of that. `keys` are those of the configuration.
const svg = (inner) => `<svg viewBox="0 0 44 28" aria-hidden="true">${inner}</svg>`;
const dots = (n, r) => Array.from({ length: n }, (_, i) => `<circle class="c" cx="${5 + (i * 17) % 36}" cy="${5 + (i * 11) % 19}" r="${r}"/>`).join("");

export const CONTROLS = {
  shade: [
    { key: "density", name: "Density", kind: "range", min: 0, max: 1, step: 0.05, none: 0, says: "How much of the empty ground is filled; at 0 every piece has its own copies.", picture: svg(dots(9, 2.5)) },
    { key: "scale", name: "Size", kind: "range", min: 0.3, max: 3, step: 0.1, usual: 1, says: "How large copies are beside what they are copied from.", picture: svg('<circle class="c" cx="10" cy="16" r="4"/><circle class="c" cx="30" cy="14" r="9"/>') },
    { key: "size", name: "Detail", kind: "range", min: 0, max: 0.4, step: 0.02, usual: 0.12, says: "The largest piece, as a share of the picture: small pieces make fine dust; at 0 whole strokes are copied.", picture: svg(dots(14, 1.3)) },
    { key: "passes", name: "Passes", kind: "range", min: 1, max: 12, step: 1, usual: 4, option: true, says: "How often the picture is painted over; each pass copies from what the last one made.", picture: svg('<path class="a" d="M4 24h8v-6h8v-6h8V6h12"/>') },
    { key: "field", name: "Field", kind: "range", min: 1, max: 24, step: 1, usual: 6, says: "Which vibration of the picture decides: low ones part it into a few large regions, high ones into many small ones.", picture: svg('<path class="a" d="M2 14q10-18 20 0t20 0"/><path class="b" d="M2 14q2.5-9 5 0t5 0 5 0 5 0 5 0 5 0 5 0 5 0"/>') },
    { key: "percentile", name: "Threshold", kind: "range", min: 5, max: 95, step: 5, usual: 40, says: "How much of the picture is copied from; the rest is thickened.", picture: svg('<rect class="d" x="4" y="6" width="14" height="16" opacity=".35"/><rect class="c" x="18" y="6" width="22" height="16"/>') },
    { key: "turn", name: "Turn", kind: "choice", values: ["align", "quarter", "void", "random"], says: "How copies are turned: as the stroke they stand for, by quarters, along the void, or at random.", picture: svg('<path class="a" d="M6 22L18 6"/><path class="b" d="M26 22L40 14"/>') },
    { key: "place", name: "Place", kind: "choice", values: ["void", "seed"], says: "Copies look for empty ground, or all move by one step.", picture: svg('<path class="a" d="M6 6v16"/><circle class="c" cx="30" cy="14" r="6"/>') },
    { key: "palette", name: "Colours", kind: "text", usual: "auto", says: "auto, keep, blend, match, distort, or colours of your own: #b3202a, teal", picture: svg('<circle class="c" cx="12" cy="14" r="7"/><circle class="d" cx="26" cy="14" r="7" opacity=".5"/>') },
    { key: "seed", name: "Seed", kind: "range", min: 0, max: 999, step: 1, usual: 0, says: "Another number, other random turns and colours.", picture: svg('<path class="b" d="M6 20L16 8M22 20l4-12M30 20l8-8"/>') },
    { key: "clearance", name: "Clearance", kind: "range", min: 0, max: 20, step: 0.5, usual: 3, rest: true, says: "Pixels between a copy and anything else.", picture: svg('<path class="a" d="M10 4v20M34 4v20"/><path class="b" d="M14 14h16"/>') },
    { key: "copies", name: "Copies a piece", kind: "range", min: 1, max: 12, step: 1, usual: 2, rest: true, says: "How many copies every piece gets, where density is 0.", picture: svg(dots(4, 3)) },
    { key: "shadow", name: "Shadow", kind: "choice", values: ["none", "drop", "project"], rest: true, says: "Whether copies throw a shadow.", picture: svg('<circle class="d" cx="26" cy="18" r="7" opacity=".3"/><circle class="c" cx="20" cy="12" r="7"/>') },
    { key: "effect", name: "Effect", kind: "range", min: 0, max: 3, step: 0.1, usual: 1, rest: true, says: "How strong a pass is.", picture: svg('<path class="b" d="M4 22L40 6"/>') },
    { key: "envelope.kind", name: "Envelope", kind: "choice", values: ["adsr", "decay"], rest: true, says: "How passes differ: attack, decay, sustain, release; or each weaker than the last.", picture: svg('<path class="a" d="M2 26L10 4l8 8h12l10 14"/>') },
    { key: "envelope.decay", name: "Decay", kind: "range", min: 0, max: 1, step: 0.05, usual: 0.75, rest: true, says: "With the envelope decay: what is left of the effect from pass to pass.", picture: svg('<path class="a" d="M2 4q8 20 40 22"/>') },
  ],
  engrave: [
    { key: "spacing", name: "Spacing", kind: "range", min: 2, max: 24, step: 0.5, usual: 6, says: "Pixels from line to line.", picture: svg('<path class="a" d="M4 6h36M4 14h36M4 22h36"/>') },
    { key: "vectors", name: "Vectors", kind: "range", min: 1, max: 24, step: 1, usual: 7, says: "How many vibrations of the picture lines follow.", picture: svg('<path class="a" d="M2 14q10-18 20 0t20 0"/>') },
    { key: "mixture", name: "Mixture", kind: "range", min: 0, max: 99, step: 1, usual: 0, says: "Another number, another course of the lines.", picture: svg('<path class="b" d="M4 22q18-30 36-8"/>') },
    { key: "inks", name: "Inks", kind: "text", usual: "black", says: "Colours with commas between them, or cmyk.", picture: svg('<circle class="c" cx="14" cy="14" r="7"/><circle class="d" cx="28" cy="14" r="7"/>') },
    { key: "paper", name: "Paper", kind: "text", usual: "white", says: "The colour of the paper.", picture: svg('<rect class="a" x="8" y="4" width="28" height="20"/>') },
    { key: "cross", name: "Crossing", kind: "range", min: 0, max: 1, step: 0.05, usual: 1, says: "From this darkness on lines cross; at 1 never.", picture: svg('<path class="a" d="M8 4l20 20M28 4L8 24"/>') },
    { key: "outline", name: "Outline", kind: "range", min: 0, max: 8, step: 0.5, usual: 0, says: "How wide strong edges are drawn.", picture: svg('<circle class="a" cx="22" cy="14" r="10"/>') },
  ],
  panes: [
    { key: "n", name: "Panes", kind: "range", min: 4, max: 400, step: 4, usual: 60, says: "About how many panes.", picture: svg('<path class="a" d="M4 4h36v20H4zM18 4v20M4 14h14M18 10h22"/>') },
    { key: "colour", name: "Colour", kind: "choice", values: ["mean", "flat", "textured"], says: "Panes have their mean colour, one of a few, or the picture's own detail.", picture: svg('<rect class="c" x="4" y="4" width="18" height="20"/><rect class="d" x="24" y="4" width="16" height="20" opacity=".4"/>') },
    { key: "smooth", name: "Smooth", kind: "range", min: 0, max: 8, step: 0.5, usual: 2, says: "How much outlines are rounded.", picture: svg('<path class="a" d="M4 24q4-20 18-10t18-10"/>') },
    { key: "lead", name: "Lead", kind: "range", min: 0, max: 16, step: 0.5, usual: 3, says: "How wide the bars between panes are.", picture: svg('<rect class="d" x="19" y="2" width="6" height="24"/>') },
  ],
  bands: [
    { key: "n", name: "Bands", kind: "range", min: 2, max: 40, step: 1, usual: 12, says: "How many heights.", picture: svg('<path class="a" d="M4 22q18-20 36 0M10 22q12-12 24 0"/>') },
    { key: "palette", name: "Tints", kind: "choice", values: ["atlas", "sea", "desert", "dusk", "paper", "ice"], says: "The colours of the map.", picture: svg('<rect class="c" x="4" y="4" width="36" height="8"/><rect class="d" x="4" y="14" width="36" height="8" opacity=".4"/>') },
    { key: "relief", name: "Relief", kind: "range", min: 0, max: 2, step: 0.05, usual: 0.35, says: "How strong hills are lit.", picture: svg('<path class="a" d="M2 24L16 6l8 10 6-6 12 14"/>') },
    { key: "smooth", name: "Smooth", kind: "range", min: 0, max: 30, step: 1, usual: 6, says: "How much heights are evened.", picture: svg('<path class="a" d="M4 20q10-16 18-4t18-8"/>') },
  ],
};

// Rows of the envelope: attack, decay, sustain, release.
export function envelope(kind, decay, passes) {
  const rows = [1, 0.8, 0.6, 0.4];
  return Array.from({ length: passes }, (_, i) => {
    if (kind === "decay") return decay ** i;
    return rows[passes <= 4 ? i : Math.floor((i * 4) / passes)];
  });
}

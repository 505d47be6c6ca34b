// What all parts of the page share: its elements, what is chosen, and calls of the studio.
export const $ = (id) => document.getElementById(id);

// verb, look, values: the settings. target, sources: pictures {id, name}. job: the work that is followed.
// facts, entry, urls, pass: the last picture's settings and command, its place in the history, its passes, the one shown.
export const state = {
  verb: "shade", look: null, values: {}, target: null, sources: [],
  job: null, facts: null, entry: null, urls: {}, pass: 0, catalogue: null,
};

export function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

export const failed = (error) => say(error.message, true);

export async function call(path, options = {}) {
  const answer = await fetch(path, { credentials: "same-origin", ...options });
  if (!answer.ok) {
    let told = await answer.text();
    try { told = JSON.parse(told).detail; } catch { /* it is a sentence already */ }
    throw new Error(typeof told === "string" && told ? told : `the studio answered ${answer.status}`);
  }
  return (answer.headers.get("content-type") || "").includes("json") ? answer.json() : answer;
}

export const post = (path, body) => call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });

// Parts tell one another what has happened by events of the document, so that none needs to know all others.
export const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`itten-${name}`, { detail }));
export const hear = (name, done) => document.addEventListener(`itten-${name}`, (event) => done(event.detail));

export const settled = () => tell("settled"); // a setting has its value
export const moving = () => tell("moving"); // a slider is being moved

export const fullUrl = (id) => `/api/full/${encodeURIComponent(id)}`;

export function thumb(url, label, title) {
  const button = document.createElement("button");
  button.type = "button";
  const image = document.createElement("img");
  Object.assign(image, { src: url, alt: "", width: 72, height: 72 });
  image.loading = "lazy";
  const text = document.createElement("span");
  text.textContent = label;
  button.append(image, text);
  if (title) button.title = title;
  return button;
}

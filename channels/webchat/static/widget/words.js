// The widget's words: English is built in, other catalogues come from the desk (lang/*.json).

import { ENGLISH, SCRIPT } from "./given.js";

let words = ENGLISH;
let plurals = new Intl.PluralRules("en");

/** The page's choice in its `data-lang`; "" for English. */
const wanted = (SCRIPT.dataset.lang || "").trim().toLowerCase();

/** How dates and times are written: as the chosen language does, else as the browser does. */
export const tongue = { locale: undefined, language: "en", direction: "" };

/** What is filled in stands apart from the words around it (FSI … PDI), so that a name in other letters turns nothing round. */
const apart = (value) => (tongue.direction === "rtl" ? `\u2068${value}\u2069` : String(value));
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? apart(values[name]) : whole));

/** A sentence by its key. `count` in `values` picks its form where the catalogue has several. */
export const t = (key, values = {}) => {
  const found = words[key] ?? ENGLISH[key];
  if (typeof found === "string") return fill(found, values);
  return fill(found[plurals.select(values.count)] ?? found.other, values);
};

/** The same sentence as the desk understands it, whatever the language of the buttons. */
export const english = (key) => ENGLISH[key];

/** The forms of one sentence that a catalogue may have. */
const usable = (mine, own) => {
  if (typeof own === "string") return typeof mine === "string";
  return Boolean(mine) && typeof mine === "object" && Object.values({ other: 0, ...mine }).every((form) => typeof form === "string");
};

const take = (catalogue, code) => {
  const good = Object.entries(catalogue).filter(([key, mine]) => key in ENGLISH && usable(mine, ENGLISH[key]));
  words = Object.fromEntries(good);
  plurals = new Intl.PluralRules(code);
  Object.assign(tongue, { locale: code, language: code, direction: catalogue.dir === "rtl" ? "rtl" : "ltr" });
};

/** Get the catalogue that the page asks for; whatever goes wrong, the words stay English. */
export const learn = async () => {
  for (const code of new Set([wanted, wanted.split("-")[0]])) {
    if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/.test(code) || code === "en") return;
    try {
      const answer = await fetch(new URL(`lang/${code}.json`, SCRIPT.src), { credentials: "omit" });
      if (!answer.ok) continue;
      take(await answer.json(), code);
      return;
    } catch {
      return;
    }
  }
};

// The composer: keeps the draft, counts SMS segments, quotes clauses.

const csrf = () => document.querySelector('meta[name="csrf"]').content;

/** Give life to the composer of the conversation that is open now. */
export function bindComposer() {
  const form = document.querySelector("[data-composer]");
  if (!form || form.dataset.bound) return;
  form.dataset.bound = "yes";
  const text = form.querySelector("[data-text]");
  keepDraft(form, text);
  if (form.dataset.channel === "sms") countSegments(form, text);
  quoteClauses(form, text);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".send .primary"));
    }
  });
}

function keepDraft(form, text) {
  const key = `draft:${form.closest("[data-conversation]").dataset.conversation}`;
  const quotes = form.querySelector("[data-quotes]");
  const modes = [...form.querySelectorAll("[data-mode]")];
  const kept = sessionStorage.getItem(key);
  if (kept && !text.value) {
    const draft = JSON.parse(kept);
    text.value = draft.text;
    quotes.value = draft.quotes;
    for (const mode of modes) mode.checked = mode.value === draft.mode;
  }
  const keep = () => {
    const mode = modes.find((each) => each.checked).value;
    if (text.value) sessionStorage.setItem(key, JSON.stringify({ text: text.value, quotes: quotes.value, mode }));
    else sessionStorage.removeItem(key);
  };
  form.addEventListener("input", keep);
  form.addEventListener("sent", () => {
    text.value = "";
    sessionStorage.removeItem(key);
  });
}

function countSegments(form, text) {
  const shown = form.querySelector("[data-segments]");
  let timer = 0;
  const count = async () => {
    const isReply = form.querySelector("[data-mode]:checked").value === "reply";
    if (!text.value || !isReply) {
      shown.textContent = "";
      return;
    }
    const body = new URLSearchParams({ text: text.value });
    const asked = text.value;
    const response = await fetch("/console/segments", { method: "POST", body, headers: { "X-Desk-Csrf": csrf() } });
    if (!response.ok || asked !== text.value) return;
    const found = await response.json();
    const parts = found.count === 1 ? "1 segment" : `${found.count} segments`;
    const whole = found.messages > 1 ? `${found.messages} messages, ` : "";
    shown.textContent = found.messages
      ? `${whole}${parts}, ${found.encoding}, ${found.units} units`
      : "Too long for texts: shorten it, or send it by email";
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => count().catch(() => {}), 200);
  };
  form.addEventListener("input", later);
  later();
}

function quoteClauses(form, text) {
  const box = form.querySelector("[data-clauses]");
  const search = box.querySelector("input");
  const list = box.querySelector("ul");
  const button = form.querySelector("[data-quote]");
  let found = [];
  let at = 0;
  let typed = false;

  const mark = () => {
    [...list.children].forEach((item, index) => {
      item.setAttribute("aria-selected", String(index === at));
      if (index === at) item.scrollIntoView({ block: "nearest" });
    });
    if (found[at]) search.setAttribute("aria-activedescendant", `clause-${at}`);
    else search.removeAttribute("aria-activedescendant");
  };
  const look = async () => {
    const query = new URLSearchParams({ q: search.value, site: form.dataset.site });
    const asked = search.value;
    const response = await fetch(`/console/clauses?${query}`);
    if (!response.ok || asked !== search.value) return;
    found = (await response.json()).clauses;
    at = 0;
    list.replaceChildren(...found.map(option));
    if (!found.length) {
      const none = document.createElement("li");
      none.textContent = "No clause speaks of that. Try other words, or a number like 3.2.";
      list.replaceChildren(none);
    }
    mark();
  };
  const option = (clause, index) => {
    const item = document.createElement("li");
    item.id = `clause-${index}`;
    item.setAttribute("role", "option");
    const label = document.createElement("b");
    label.textContent = clause.label;
    item.append(label, clause.text);
    item.addEventListener("click", () => choose(index));
    return item;
  };
  const show = (byKey) => {
    typed = byKey;
    box.hidden = false;
    search.value = "";
    look().catch(() => {});
    search.focus();
  };
  const hide = () => {
    box.hidden = true;
    text.focus();
  };
  const choose = (index) => {
    const clause = found[index];
    if (!clause) return;
    const start = text.selectionStart - (typed ? 1 : 0);
    const quoted = `“${clause.text}” (${clause.label}: ${clause.url})`;
    text.setRangeText(quoted, start, text.selectionEnd, "end");
    const quotes = form.querySelector("[data-quotes]");
    quotes.value = [...new Set([...quotes.value.split(" "), clause.id])].join(" ").trim();
    hide();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };

  button.hidden = false;
  button.addEventListener("click", () => show(false));
  search.addEventListener("input", () => look().catch(() => {}));
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) at = (at + step + found.length) % found.length;
    else if (event.key === "Enter") choose(at);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
    mark();
  });
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) setTimeout(() => { if (!box.contains(document.activeElement)) box.hidden = true; }, 150);
  });
  text.addEventListener("input", (event) => {
    const before = text.value.slice(0, text.selectionStart);
    const isReply = form.querySelector("[data-mode]:checked").value === "reply";
    if (event.data === "#" && isReply && /(^|\s)#$/.test(before)) show(true);
  });
}

// What JavaScript adds to the demo: the screens follow by themselves, forms send without leaving the page, and the chat
// stands in its pane. The server renders everything; this only puts the new parts in place.

const live = [...document.querySelectorAll("[data-live]")];

/** Put in only what is new, so that a screen reader hears only that. */
function put(old, fresh) {
  const held = new Map([...old.children].map((node) => [node.dataset.id, node]));
  for (const node of [...fresh.children]) {
    const had = held.get(node.dataset.id);
    held.delete(node.dataset.id);
    if (!had) old.append(node);
    else if (had.outerHTML !== node.outerHTML) had.replaceWith(node);
  }
  for (const gone of held.values()) gone.remove();
}

/** Scroll to what is new: to its beginning, where it is longer than the screen. */
function show(part, node) {
  if (node) part.scrollTop = Math.min(node.offsetTop - part.offsetTop - 12, part.scrollHeight);
}

async function look() {
  const response = await fetch("/demo/live");
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of live) {
    const fresh = page.getElementById(part.id);
    if (part.getAttribute("role") === "log") {
      const known = new Set([...part.children].map((node) => node.dataset.id));
      put(part, fresh);
      show(part, [...part.children].find((node) => !known.has(node.dataset.id)));
    } else if (part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes);
  }
}

let looking = false;
let again = false;

async function follow() {
  if (looking) { again = true; return; }
  looking = true;
  do {
    again = false;
    try { await look(); } catch { /* the desk restarts: the next event brings us up to date */ }
  } while (again);
  looking = false;
}

new EventSource("/demo/events").addEventListener("message", follow);
for (const part of live) show(part, part.lastElementChild);

// Forms and the questions to try

const mail = document.querySelector("form.mail");
const replying = mail.querySelector(".replying");

function reply(id, subject) {
  mail.elements.reply.value = id;
  mail.elements.subject.hidden = Boolean(id);
  mail.elements.subject.value = "";
  replying.hidden = !id;
  replying.firstElementChild.textContent = id ? `Replying to “${subject}”` : "";
}

for (const form of document.querySelectorAll("form[data-send]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const text = form.elements.text;
    const kept = text.value;
    text.value = "";
    try {
      const response = await fetch(form.action, { method: "POST", body });
      if (!response.ok) throw new Error(await response.text());
      if (form === mail) reply("", "");
      text.setCustomValidity("");
      await follow();
    } catch (error) {
      text.value = kept;
      text.setCustomValidity(error.message || "The desk did not answer. Please try again.");
      text.reportValidity();
    }
  });
  form.elements.text.addEventListener("input", (event) => event.target.setCustomValidity(""));
  form.elements.text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || form === mail) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".try")) {
    const text = document.getElementById(button.parentElement.dataset.tries);
    if (text.form === mail) reply("", "");
    if (button.dataset.subject) mail.elements.subject.value = button.dataset.subject;
    text.value = button.dataset.text;
    text.form.requestSubmit();
  } else if (button.dataset.reply) {
    reply(button.dataset.reply, button.dataset.replySubject);
    mail.elements.text.focus();
  } else if ("new" in button.dataset) {
    reply("", "");
    mail.elements.subject.focus();
  }
});

document.querySelector("form[data-afresh]").addEventListener("submit", () => sessionStorage.clear());

// The chat: the real widget, standing in its pane instead of floating over the page

const inPane = new CSSStyleSheet();
inPane.replaceSync(`
  .box { block-size: 100%; display: flex; flex-direction: column; justify-content: center; }
  .panel { position: static; flex: 1; min-block-size: 0; inline-size: 100%; block-size: 100%; margin: 0; border: 0; border-radius: 0; box-shadow: none; animation: none; }
  .panel:not([hidden]) ~ .launcher, :host(.open) .launcher { display: none; }
  .launcher { margin-inline: auto; }
`);

function settle() {
  const host = [...document.body.children].find((node) => node.shadowRoot);
  if (!host || !window.PrivacyDesk) return;
  host.shadowRoot.adoptedStyleSheets = [...host.shadowRoot.adoptedStyleSheets, inPane];
  document.getElementById("chat").append(host);
  PrivacyDesk.open();
  document.activeElement?.blur();
  scrollTo(0, 0);
}

if (document.readyState === "complete") settle();
else addEventListener("load", settle);

// What JavaScript adds to the policy page: answers without leaving the page, links that copy themselves, the place in
// the contents, printing. Without it the page works by plain links and a plain form. Nothing is stored.

const toast = document.getElementById("copied");
let hide = 0;

function say(text) {
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => { toast.hidden = true; }, 2500);
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-copy]");
  if (!link || !navigator.clipboard) return;
  try {
    await navigator.clipboard.writeText(location.origin + location.pathname + link.hash);
    say(`Link to clause ${decodeURIComponent(link.hash.slice(1))} copied`);
  } catch {
    // The link still goes to its clause, and the address bar holds what would have been copied.
  }
});

const form = document.querySelector("form.ask");
const answer = document.getElementById("answer");

async function ask(question) {
  const address = new URL(form.action);
  address.searchParams.set("q", question);
  const response = await fetch(address);
  const found = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("answer");
  answer.replaceChildren(...found.childNodes);
  answer.hidden = false;
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  form.setAttribute("aria-busy", "true");
  try {
    await ask(form.elements.q.value);
  } catch {
    form.submit();
  } finally {
    form.removeAttribute("aria-busy");
  }
});

const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const sections = [...document.querySelectorAll(".document section > h2[id]")];

function mark() {
  const read = sections.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
  const current = read.at(-1) ?? sections[0];
  for (const [id, link] of links) {
    if (id === current?.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

if (links.size) {
  let asked = false;
  addEventListener("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; mark(); });
  }, { passive: true });
  mark();
}

const contents = document.querySelector("details.contents");
if (contents && matchMedia("(max-width: 59.99rem)").matches) contents.open = false;

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

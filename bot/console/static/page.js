// Moves between conversations and sends forms without loading the whole page anew, so that the queue keeps its place.
// The server's pages are the only source: a page is fetched as it is, and its parts are taken over.

const swapped = [];

/** Call `done` whenever the conversation's pane was filled anew. */
export function onSwap(done) {
  swapped.push(done);
}

/** Say something to who listens rather than looks. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Fetch one of our pages as a document; the way to the sign-in form is taken when the session is over. */
export async function fetchPage(url, options = {}) {
  const response = await fetch(url, { credentials: "same-origin", ...options });
  if (response.status === 401) {
    location.assign(`/console/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw new Error("signed out");
  }
  const text = await response.text();
  return { response, page: new DOMParser().parseFromString(text, "text/html") };
}

/** Take over the conversation's pane, and whether there is one, from a fetched page. */
export function takeConversation(page) {
  const main = page.getElementById("main");
  if (!main?.dataset.live) return false;
  document.getElementById("main").replaceChildren(...main.childNodes);
  document.body.className = page.body.className;
  document.title = page.title;
  markCurrent();
  swapped.forEach((done) => done());
  return true;
}

/** The list shows which of its rows is open. */
export function markCurrent() {
  const open = document.querySelector("[data-conversation]")?.dataset.conversation;
  for (const link of document.querySelectorAll(".row > a")) {
    if (open && link.closest(".row").dataset.id.split("-")[0] === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

async function open(link) {
  try {
    const { response, page } = await fetchPage(link.href);
    if (!response.ok || !takeConversation(page)) throw new Error("no conversation");
    history.pushState({}, "", link.href);
    showEnd();
    document.getElementById("main").focus({ preventScroll: true });
  } catch {
    location.assign(link.href);
  }
}

/** On phones the whole page scrolls: begin at the newest line. */
function showEnd() {
  if (matchMedia("(max-width: 47.99rem)").matches && document.querySelector(".talk:not(.facts-open)")) {
    requestAnimationFrame(() => scrollTo(0, document.documentElement.scrollHeight));
  }
}

function problem(form, text) {
  const notice = document.createElement("p");
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  notice.textContent = text;
  const near = document.querySelector("[data-composer]") ?? form;
  near.querySelector(":scope > .notice[role=alert]")?.remove();
  near.prepend(notice);
}

async function send(form, button) {
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  const writes = form.hasAttribute("data-composer") && !button?.hasAttribute("formaction");
  form.setAttribute("aria-busy", "true");
  for (const each of form.querySelectorAll("button")) each.disabled = true;
  try {
    const url = button?.getAttribute("formaction") ?? form.getAttribute("action");
    const files = [...data.values()].some((each) => each instanceof File && each.size);
    const body = files ? data : new URLSearchParams(data);
    const { response, page } = await fetchPage(url, { method: "POST", body });
    if (!page.getElementById("main")?.dataset.live) throw new Error(page.querySelector("main p")?.textContent);
    if (writes && response.ok) form.dispatchEvent(new CustomEvent("sent"));
    takeConversation(page);
    if (response.redirected) {
      const here = new URL(response.url);
      here.searchParams.delete("done");
      history.replaceState({}, "", here);
    }
    announce(document.querySelector(".composer .notice")?.textContent.trim() ?? "Done");
    if (writes) document.querySelector("[data-text]")?.focus({ preventScroll: true });
    showEnd();
    document.dispatchEvent(new CustomEvent("desk:changed"));
  } catch (error) {
    const reason = error instanceof TypeError || !error.message ? "The desk can't be reached." : error.message;
    problem(form, `${reason} Nothing was sent, and what you typed is still here. Try again in a moment.`);
  } finally {
    form.removeAttribute("aria-busy");
    for (const each of form.querySelectorAll("button")) each.disabled = false;
  }
}

/** Listen for clicks on rows and for forms of the conversation. */
export function bindPage() {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const row = event.target.closest(".row > a");
    const facts = event.target.closest("[data-facts]");
    if (row) {
      event.preventDefault();
      open(row);
    } else if (facts) {
      event.preventDefault();
      facts.setAttribute("aria-expanded", String(facts.closest(".talk").classList.toggle("facts-open")));
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !form.closest("#main[data-live]") || event.defaultPrevented) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  addEventListener("popstate", () => location.reload());
  const panes = document.querySelector(".panes");
  // The desk chose the view: from now on the address says which, so that a later look reads the same one.
  if (panes && location.pathname === "/console/" && !location.search) history.replaceState({}, "", `?${panes.dataset.keep}`);
  showEnd();
}

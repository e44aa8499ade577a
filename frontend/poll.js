// A page that shows how far something is: asks again by itself, says that nobody asked (the session is not kept alive
// by it), and puts the new page in the place of the old one. Without this script the page loads itself anew.

const EVERY = 1500; // where the page says nothing else: data-poll="10" asks every ten seconds

async function looks() {
  const answer = await fetch(window.location.href, { headers: { "X-Poll": "1" }, redirect: "manual", cache: "no-store" }).catch(() => null);
  if (answer && answer.type === "opaqueredirect") return window.location.reload();
  if (!answer || !answer.ok) return again();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector("[data-poll]");
  const place = document.querySelector("[data-poll]");
  // What did not change stays: a screen reader reads aloud what is new, and nothing twice.
  if (part && part.innerHTML === place.innerHTML) return again();
  if (part) place.replaceChildren(...part.childNodes);
  else {
    document.title = page.title;
    document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
    document.querySelector("main").focus();
  }
  again();
}

function again() {
  const place = document.querySelector("[data-poll]");
  if (place) setTimeout(looks, Number(place.dataset.poll) * 1000 || EVERY);
}

export const watchProgress = again;

// Who else has this request open: an open page asks every half minute while it is in sight, which does not count as
// activity, and stops where it is not answered. Without this script the names stand there as they were on loading.

const EVERY = 30000;

async function asks(place) {
  if (document.visibilityState === "visible") {
    const answer = await fetch(place.dataset.presence, { headers: { "X-Poll": "1" }, redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer && !answer.ok) return;
    const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page && page.querySelector("[data-presence]");
    if (part && part.innerHTML.trim() !== place.innerHTML.trim()) place.replaceChildren(...part.childNodes);
  }
  setTimeout(asks, EVERY, place);
}

export function watchPresence() {
  const place = document.querySelector("[data-presence]");
  if (place) setTimeout(asks, EVERY, place);
}

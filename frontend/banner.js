// Emergencies that nobody has taken: every open page of staff asks each half minute, also one that is not in sight,
// which does not count as activity. Without this script the banner stands there as it was on loading.

const EVERY = 30000;
const MARK = "EMERGENCY: ";

async function asks(place) {
  const answer = await fetch(place.dataset.banner, { headers: { "X-Poll": "1" }, redirect: "manual", cache: "no-store" }).catch(() => null);
  if (answer && !answer.ok) return;
  const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page && page.querySelector("[data-banner]");
  if (part && part.innerHTML.trim() !== place.innerHTML.trim()) place.replaceChildren(...part.childNodes);
  marks(place);
  setTimeout(asks, EVERY, place);
}

// The name of the tab says it too: it is read where the page is not.
function marks(place) {
  const title = document.title.startsWith(MARK) ? document.title.slice(MARK.length) : document.title;
  document.title = place.querySelector("p") ? MARK + title : title;
}

export function watchEmergencies() {
  const place = document.querySelector("[data-banner]");
  if (!place) return;
  marks(place);
  setTimeout(asks, EVERY, place);
}

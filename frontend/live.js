// While somebody types in a part of a draft: asks what is still missing, and shows it beside the form. Saves nothing
// and does not count as activity. Without this script the same list stands there after saving.

const WAIT = 700;

export function watchTyping() {
  const form = document.querySelector("form[data-live-check]");
  if (!form) return;
  let timer = 0;
  let asked = 0;

  async function asks() {
    const number = ++asked;
    const typed = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    const body = new URLSearchParams([...typed, ["action", "check"]]);
    const answer = await fetch(window.location.pathname, { method: "POST", body, headers: { "X-Poll": "1" }, redirect: "manual" }).catch(() => null);
    if (!answer || !answer.ok || number !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.querySelectorAll("[data-live]").forEach((part) => {
      const place = document.getElementById(part.id);
      if (place && place.innerHTML.trim() !== part.innerHTML.trim()) place.replaceChildren(...part.childNodes);
    });
  }

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(asks, WAIT);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}

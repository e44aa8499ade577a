// Passkeys: asks the portal for a challenge, has the browser sign it, and sends the answer with the page's own form.
// Without this script the forms stay hidden, and the page says so or offers a code.

/** WebAuthn's JSON carries bytes as base64url; browsers older than 2024 have no parser of their own. */
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((item) => ({ ...item, id: toBytes(item.id) }));

/** Ask the browser to make or to show a passkey, and return its answer as JSON. */
async function answer(kind, options) {
  const publicKey = { ...options, challenge: toBytes(options.challenge) };
  if (kind === "create") {
    publicKey.user = { ...options.user, id: toBytes(options.user.id) };
    publicKey.excludeCredentials = known(options.excludeCredentials);
  } else {
    publicKey.allowCredentials = known(options.allowCredentials);
  }
  const credential = await navigator.credentials[kind]({ publicKey });
  const given = credential.response;
  const response = { clientDataJSON: toText(given.clientDataJSON) };
  if (kind === "create") {
    response.attestationObject = toText(given.attestationObject);
    response.transports = given.getTransports ? given.getTransports() : [];
  } else {
    response.authenticatorData = toText(given.authenticatorData);
    response.signature = toText(given.signature);
    response.userHandle = given.userHandle ? toText(given.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

/** The challenge; null when the session is over, so that the page is asked anew and says what to do. */
async function challenge(form) {
  const body = new URLSearchParams([["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value]]);
  const response = await fetch(form.dataset.passkeyAsk, { method: "POST", body, redirect: "error" }).catch(() => null);
  return response && response.ok ? response.json() : null;
}

function say(form, name) {
  const words = form.querySelector("[data-passkey-words]").content;
  const found = words.querySelector(`[data-when="${name}"]`) || words.querySelector('[data-when="other"]');
  const place = form.querySelector("[data-passkey-says]");
  place.firstElementChild.textContent = found.textContent;
  place.hidden = false;
}

function listen(form) {
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    form.querySelector("[data-passkey-says]").hidden = true;
    try {
      const options = await challenge(form);
      if (!options) return window.location.assign(window.location.href);
      form.elements.credential.value = await answer(form.dataset.passkey, options);
      form.submit();
    } catch (error) {
      say(form, error.name);
    } finally {
      busy = false;
    }
  });
}

export function offerPasskeys() {
  if (!window.isSecureContext || !window.PublicKeyCredential || !navigator.credentials) return;
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    listen(form);
    form.hidden = false;
  });
  document.querySelectorAll("[data-passkey-section]").forEach((part) => (part.hidden = false));
  document.querySelectorAll("[data-passkey-missing]").forEach((part) => (part.hidden = true));
}

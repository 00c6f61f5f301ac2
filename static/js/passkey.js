// Forms that use a passkey: [data-passkey=address] asks there what the browser is to do, does it, and sends the answer with the form.
// Without a script, or in a browser without passkeys, such a form stays hidden and [data-without-passkey] says what else there is.
const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function decoded(options) {
  const listed = (name) => (options[name] ?? []).map((known) => ({ ...known, id: decode(known.id) }));
  return {
    ...options,
    challenge: decode(options.challenge),
    allowCredentials: listed("allowCredentials"),
    excludeCredentials: listed("excludeCredentials"),
    ...(options.user && { user: { ...options.user, id: decode(options.user.id) } }),
  };
}

function encoded({ id, rawId, type, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const sent = parts.filter((part) => response[part]).map((part) => [part, encode(response[part])]);
  return JSON.stringify({ id, rawId: encode(rawId), type, response: Object.fromEntries(sent) });
}

const SENTENCES = {
  NotAllowedError: "Nothing was done: it was cancelled, or it took too long. Try again when you are ready.",
  InvalidStateError: "This device has a passkey for you here already. Choose another device, or go back.",
  NotSupportedError: "This device cannot keep such a passkey. Choose another one.",
};

async function ask(form) {
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
  if (answer.status === 429) throw new Error("Too many tries. Wait a minute, then try again.");
  if (!answer.ok || answer.redirected) throw new Error("This page was open for too long. Load it again.");
  const publicKey = decoded(await answer.json());
  const made = publicKey.user ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
  form.elements.answer.value = encoded(made);
  form.submit();
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const said = form.querySelector("[role=status]");
  form.hidden = false;
  for (const other of document.querySelectorAll("[data-without-passkey]")) other.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "Follow what your browser asks.";
    try {
      await ask(form);
    } catch (problem) {
      said.textContent = SENTENCES[problem.name] ?? (problem.constructor === Error ? problem.message : "That did not work. Try again.");
    }
  });
}

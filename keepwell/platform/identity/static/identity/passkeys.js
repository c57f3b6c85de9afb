/* Passkeys: a button with data-passkey asks the device, and sends its answer with the form it stands in. */
(function () {
  "use strict";

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  }

  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function named(list) {
    return (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  }

  async function made(asked) {
    const key = { ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: named(asked.excludeCredentials) };
    const found = await navigator.credentials.create({ publicKey: key });
    return told(found, { attestationObject: text(found.response.attestationObject) });
  }

  async function shown(asked) {
    const key = { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) };
    const found = await navigator.credentials.get({ publicKey: key });
    const handle = found.response.userHandle;
    return told(found, { authenticatorData: text(found.response.authenticatorData),
      signature: text(found.response.signature), userHandle: handle && handle.byteLength ? text(handle) : null });
  }

  function told(found, more) {
    return JSON.stringify({ id: found.id, rawId: text(found.rawId), type: found.type, clientExtensionResults: {},
      response: { clientDataJSON: text(found.response.clientDataJSON), ...more } });
  }

  document.querySelectorAll("[data-passkey]").forEach((button) => {
    if (!window.PublicKeyCredential) { return; }
    button.hidden = false;
    button.closest("form").querySelectorAll("[data-without-passkeys]").forEach((word) => { word.hidden = true; });
    button.addEventListener("click", async (event) => {
      const form = button.closest("form");
      const field = form.querySelector("[data-passkey-answer]");
      if (field.value) { return; }
      event.preventDefault();
      const asked = JSON.parse(button.dataset.passkey).publicKey;
      try {
        field.value = await (asked.user ? made(asked) : shown(asked));
        form.requestSubmit(button);
      } catch (refused) {
        const said = form.querySelector("[data-passkey-failed]");
        if (said) { said.hidden = false; }
      }
    });
  });
}());

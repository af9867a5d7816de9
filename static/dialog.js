// Links with data-dialog open their page in a dialog; without this script they lead to the page itself.
"use strict";

(() => {
  const failed = document.currentScript.dataset.failed;
  let busy = false;

  const fetched = async (address, options) => {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  };

  // The form of a page, or nothing: an expired login shows another page, which is then opened as such.
  const formIn = (page) => page.querySelector("[data-dialog-content]");

  const fill = (dialog, content) => {
    dialog.replaceChildren(document.importNode(content, true));
    const wrong = dialog.querySelector("[aria-invalid=true]");
    (wrong || dialog.querySelector("[autofocus]") || dialog.querySelector("input:not([type=hidden]), textarea"))?.focus();
  };

  const close = (dialog, opener) => {
    dialog.close();
    dialog.remove();
    opener.focus();
  };

  // What a redirect led to holds the message that tells the outcome: it is shown, not asked for again.
  const show = (page, address) => {
    for (const part of ["nav.menu", "main"]) {
      document.querySelector(part).replaceWith(document.importNode(page.querySelector(part), true));
    }
    document.title = page.title;
    history.replaceState(null, "", address);
    const outcome = document.querySelector("main .messages") || document.querySelector("main");
    outcome.tabIndex = -1;
    outcome.focus();
    window.scrollTo(0, 0);
    // A page that renews itself while something is in process does so here as well.
    const refresh = page.querySelector("meta[http-equiv=refresh]");
    if (refresh) window.setTimeout(() => window.location.reload(), Number(refresh.content) * 1000);
  };

  // No connection, or an answer that cannot be shown here: what was typed stays, and can be sent again.
  const tell = (form) => {
    form.querySelector(".alert")?.remove();
    const alert = document.createElement("p");
    alert.className = "alert";
    alert.setAttribute("role", "alert");
    alert.textContent = failed;
    form.prepend(alert);
    alert.scrollIntoView({ block: "nearest" });
  };

  const submit = async (dialog, event) => {
    event.preventDefault();
    const form = event.target;
    const buttons = form.querySelectorAll("button");
    const body = new FormData(form, event.submitter);
    buttons.forEach((button) => { button.disabled = true; });
    try {
      const { answer, page } = await fetched(form.action, { method: "POST", body });
      const content = formIn(page);
      if (!answer.redirected && content) return fill(dialog, content);
      if (!answer.ok) throw new Error(answer.statusText);
      // The login and other pages with a frame of their own.
      if (!page.querySelector("nav.menu")) return window.location.assign(answer.url);
      dialog.remove();
      show(page, answer.url);
    } catch {
      buttons.forEach((button) => { button.disabled = false; });
      tell(form);
    }
  };

  const open = async (opener) => {
    const { page } = await fetched(opener.href);
    const content = formIn(page);
    if (!content) return window.location.assign(opener.href);
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", content.querySelector("h1").id);
    dialog.addEventListener("submit", (event) => submit(dialog, event));
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(dialog, opener); });
    dialog.addEventListener("click", (event) => {
      if (!event.target.closest("[data-close]")) return;
      event.preventDefault();
      close(dialog, opener);
    });
    document.body.append(dialog);
    dialog.showModal();
    fill(dialog, content);
  };

  document.addEventListener("click", async (event) => {
    const opener = event.target.closest("a[data-dialog]");
    if (!opener || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    try {
      await open(opener);
    } catch {
      window.location.assign(opener.href);
    } finally {
      busy = false;
    }
  });
})();

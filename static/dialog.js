// Links with data-dialog open their page in a dialog; without this script they lead to the page itself.
"use strict";

(() => {
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  const fetched = async (address, options) => {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    return { answer, page: parse(await answer.text()) };
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

  const submit = async (dialog, event) => {
    event.preventDefault();
    const form = event.target;
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => { button.disabled = true; });
    const body = new FormData(form, event.submitter);
    try {
      const { answer, page } = await fetched(form.action, { method: "POST", body });
      const content = formIn(page);
      if (!answer.redirected && content) return fill(dialog, content);
      // What the redirect led to holds the message that tells the outcome: it is shown, not asked for again.
      dialog.remove();
      document.querySelector("main").replaceWith(document.importNode(page.querySelector("main"), true));
      document.title = page.title;
      history.replaceState(null, "", answer.url);
      document.querySelector("main").focus();
      window.scrollTo(0, 0);
    } catch {
      // No connection: what was typed stays, and the button can be pressed again.
      buttons.forEach((button) => { button.disabled = false; });
    }
  };

  const open = async (opener) => {
    try {
      const { page } = await fetched(opener.href);
      const content = formIn(page);
      if (!content) return void window.location.assign(opener.href);
      const dialog = document.createElement("dialog");
      dialog.className = "dialog";
      dialog.setAttribute("aria-labelledby", content.querySelector("h1, h2").id);
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
    } catch {
      window.location.assign(opener.href);
    }
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("a[data-dialog]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(opener);
  });
})();

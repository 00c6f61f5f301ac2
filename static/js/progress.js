// Updates a progress bar by fetching the page again; when the bar is gone, reloads the page.
const EVERY = 3000;

for (const shown of document.querySelectorAll("[data-progress]")) {
  const again = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(shown.id);
      if (!fresh) {
        location.reload();
        return;
      }
      shown.replaceChildren(...fresh.childNodes);
    }
    setTimeout(again, EVERY);
  };
  setTimeout(again, EVERY);
}
